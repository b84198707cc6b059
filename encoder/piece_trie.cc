#include "encoder/piece_trie.h"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace voisin::encoder {
namespace {

constexpr uint32_t kBlock = 256;
constexpr uint32_t kNoParent = PieceTrie::kNone - 1;  // of the root: no node has this index
constexpr uint32_t kWord = 64;                        // free slots per bit mask
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

class PieceTrieBuilder {
 public:
  explicit PieceTrieBuilder(PieceTrie& trie) : nodes_(trie.nodes_) {
    OpenBlock();
    Take(PieceTrie::kRoot, kNoParent);
  }

  // `keys` share their first `depth` bytes, which lead to `node`. As deep as the longest key.
  void Fill(uint32_t node, std::span<const PieceTrie::Key> keys, size_t depth) {
    if (!keys.empty() && keys.front().bytes.size() == depth) {
      nodes_[node].id = keys.front().id;
      keys = keys.subspan(1);
    }
    if (keys.empty()) return;
    const std::vector<unsigned char> labels = Labels(keys, depth);
    const uint32_t base = FindBase(labels);
    nodes_[node].base = base;
    for (unsigned char label : labels) Take(base ^ label, node);
    while (!keys.empty()) {
      const unsigned char label = Label(keys.front(), depth);
      const auto other = [&](const PieceTrie::Key& key) { return Label(key, depth) != label; };
      const auto count = static_cast<size_t>(std::find_if(keys.begin(), keys.end(), other) - keys.begin());
      Fill(base ^ label, keys.first(count), depth + 1);
      keys = keys.subspan(count);
    }
  }

 private:
  // A base whose children by `labels` are all free. It lies in the block of its children, whatever the label.
  uint32_t FindBase(std::span<const unsigned char> labels) {
    const uint32_t words = static_cast<uint32_t>(free_.size());
    const uint32_t open_words = kOpenBlocks * kBlock / kWord;
    for (uint32_t word = words > open_words ? words - open_words : 0; word < words; ++word) {
      for (uint64_t slots = free_[word]; slots != 0; slots &= slots - 1) {
        const uint32_t slot = word * kWord + static_cast<uint32_t>(std::countr_zero(slots));
        const uint32_t base = slot ^ labels.front();
        if (Fits(base, labels.subspan(1))) return base;
      }
    }
    return OpenBlock();
  }

  bool Fits(uint32_t base, std::span<const unsigned char> labels) const {
    return std::all_of(labels.begin(), labels.end(),
                       [&](unsigned char label) { return IsFree(base ^ label); });
  }

  bool IsFree(uint32_t slot) const { return (free_[slot / kWord] >> (slot % kWord) & 1) != 0; }

  void Take(uint32_t slot, uint32_t parent) {
    free_[slot / kWord] &= ~(uint64_t{1} << (slot % kWord));
    nodes_[slot].parent = parent;
  }

  uint32_t OpenBlock() {
    const size_t begin = nodes_.size();
    nodes_.resize(begin + kBlock);
    free_.resize(nodes_.size() / kWord, ~uint64_t{0});
    return static_cast<uint32_t>(begin);
  }

  std::vector<PieceTrie::Node>& nodes_;
  std::vector<uint64_t> free_;  // one bit per node
};

PieceTrie PieceTrie::Build(std::vector<Key> keys) {
  SortAndThin(keys);
  PieceTrie trie;
  PieceTrieBuilder(trie).Fill(kRoot, keys, 0);
  return trie;
}

PieceTrie PieceTrie::Of(const std::vector<std::string>& pieces) {
  std::vector<Key> keys;
  for (size_t id = 0; id < pieces.size(); ++id) keys.push_back({pieces[id], static_cast<int32_t>(id)});
  return Build(std::move(keys));
}

int32_t PieceTrie::Find(std::string_view bytes) const {
  uint32_t node = kRoot;
  for (const char byte : bytes) {
    node = Next(node, static_cast<unsigned char>(byte));
    if (node == kNone) return -1;
  }
  return id(node);
}

}  // namespace voisin::encoder
