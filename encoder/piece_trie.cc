#include "encoder/piece_trie.h"

#include <algorithm>

namespace voisin::encoder {
namespace {

constexpr uint32_t kBlock = 256;
constexpr uint32_t kNoParent = PieceTrie::kNone - 1;  // of the root: no node has this index
constexpr uint32_t kOpenBlocks = 16;  // how many blocks a search looks through before it opens a new one

// Sorted by bytes; of equal keys the greatest id.
void SortAndThin(std::vector<PieceTrie::Key>& keys) {
  std::erase_if(keys, [](const PieceTrie::Key& key) { return key.bytes.empty(); });
  std::sort(keys.begin(), keys.end(), [](const PieceTrie::Key& a, const PieceTrie::Key& b) {
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.id > b.id;
  });
  const auto same = [](const PieceTrie::Key& a, const PieceTrie::Key& b) { return a.bytes == b.bytes; };
  keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
}

unsigned char Label(const PieceTrie::Key& key, size_t depth) {
  return static_cast<unsigned char>(key.bytes[depth]);
}

std::vector<unsigned char> Labels(std::span<const PieceTrie::Key> keys, size_t depth) {
  std::vector<unsigned char> labels;
  for (const PieceTrie::Key& key : keys) {
    const unsigned char label = Label(key, depth);
    if (labels.empty() || labels.back() != label) labels.push_back(label);
  }
  return labels;
}

}  // namespace

PieceTrie PieceTrie::Build(std::vector<Key> keys) {
  SortAndThin(keys);
  PieceTrie trie;
  trie.nodes_.resize(kBlock);
  trie.nodes_[kRoot].parent = kNoParent;
  trie.Fill(kRoot, keys, 0);
  return trie;
}

bool PieceTrie::Fits(uint32_t base, std::span<const unsigned char> labels) const {
  return std::all_of(labels.begin(), labels.end(),
                     [&](unsigned char label) { return nodes_[base ^ label].parent == kNone; });
}

// A base stays within its block of 256, whatever the byte.
uint32_t PieceTrie::FindBase(std::span<const unsigned char> labels) {
  const uint32_t size = static_cast<uint32_t>(nodes_.size());
  first_open_block_ =
      std::max(first_open_block_, size > kOpenBlocks * kBlock ? size - kOpenBlocks * kBlock : 0);
  for (uint32_t base = first_open_block_; base < size; ++base) {
    if (Fits(base, labels)) return base;
  }
  nodes_.resize(nodes_.size() + kBlock);
  return size;
}

// `keys` share their first `depth` bytes, which lead to `node`. Depth is bounded by the longest key.
void PieceTrie::Fill(uint32_t node, std::span<const Key> keys, size_t depth) {
  if (!keys.empty() && keys.front().bytes.size() == depth) {
    nodes_[node].id = keys.front().id;
    keys = keys.subspan(1);
  }
  if (keys.empty()) return;
  const std::vector<unsigned char> labels = Labels(keys, depth);
  const uint32_t base = FindBase(labels);
  nodes_[node].base = base;
  for (unsigned char label : labels) nodes_[base ^ label].parent = node;
  while (!keys.empty()) {
    const unsigned char label = Label(keys.front(), depth);
    const auto other = [&](const Key& key) { return Label(key, depth) != label; };
    const auto count = std::find_if(keys.begin(), keys.end(), other) - keys.begin();
    Fill(base ^ label, keys.first(static_cast<size_t>(count)), depth + 1);
    keys = keys.subspan(static_cast<size_t>(count));
  }
}

}  // namespace voisin::encoder
