#include "index/postings.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "index/sparse_list.h"

namespace voisin::index {
namespace {

// The least set of impacts that bounds all of them.
std::vector<Impact> Frontier(std::vector<Impact> impacts) {
  std::ranges::sort(impacts, [](const Impact& a, const Impact& b) {
    return a.count > b.count || (a.count == b.count && a.length < b.length);
  });
  std::vector<Impact> frontier;
  for (const Impact& impact : impacts) {
    if (frontier.empty() || impact.length < frontier.back().length) frontier.push_back(impact);
  }
  return frontier;
}

std::span<uint32_t, kPackedNumbers> WholeBlock(std::vector<uint32_t>& numbers) {
  return std::span<uint32_t, kPackedNumbers>(numbers.data(), kPackedNumbers);
}

absl::Status Damaged(size_t term, const char* what) {
  return absl::DataLossError("postings of term " + std::to_string(term) + ": expected " + what);
}

bool Ascends(const DecodedBlock& block, uint32_t base, size_t slots) {
  for (uint32_t i = 0; i < block.size; ++i) {
    if (block.slots[i] < base || block.slots[i] >= slots || block.counts[i] == 0) return false;
    base = block.slots[i] + 1;
  }
  return true;
}

bool IsBounded(std::span<const Impact> impacts, const DecodedBlock& block,
               std::span<const uint32_t> lengths) {
  for (uint32_t i = 0; i < block.size; ++i) {
    const uint32_t length = lengths[block.slots[i]];
    const bool bounded = std::ranges::any_of(impacts, [&](const Impact& impact) {
      return impact.count >= block.counts[i] && impact.length <= length;
    });
    if (!bounded) return false;
  }
  return true;
}

// Can it be decoded without leaving the view?
bool Fits(const PostingBlock& block, const PostingsView& postings) {
  const uint64_t words = kPackedNumbers / 32 * (uint64_t{block.slot_bits} + block.count_bits);
  return block.slot_bits <= kMostBits && block.count_bits <= kMostBits &&
         uint64_t{block.packed} * 4 + words <= postings.packed.size() &&
         uint64_t{block.first_impact} + block.impacts <= postings.impacts.size();
}

absl::Status CheckList(const PostingsView& postings, size_t term, std::span<const uint32_t> lengths) {
  const PostingList& list = postings.lists[term];
  const size_t blocks = list.points / kPackedNumbers;
  if (list.points == 0 || list.tail > postings.tails.size() ||
      uint64_t{list.first_block} + blocks > postings.blocks.size()) {
    return Damaged(term, "at least one point, and blocks that are there");
  }
  uint32_t base = 0;
  DecodedBlock decoded;
  for (const PostingBlock& block : postings.blocks.subspan(list.first_block, blocks)) {
    if (!Fits(block, postings)) return Damaged(term, "a block inside its section");
    DecodeBlock(postings, block, base, decoded);
    const auto impacts = postings.impacts.subspan(block.first_impact, block.impacts);
    if (!Ascends(decoded, base, lengths.size()) || decoded.slots[kPackedNumbers - 1] != block.last_slot ||
        !IsBounded(impacts, decoded, lengths)) {
      return Damaged(term, "ascending slots and right impacts");
    }
    base = block.last_slot + 1;
  }
  DecodeTail(postings, list, base, decoded);
  if (decoded.size != list.points % kPackedNumbers || !Ascends(decoded, base, lengths.size())) {
    return Damaged(term, "ascending slots in its tail");
  }
  return absl::OkStatus();
}

}  // namespace

void PostingsWriter::Append(uint32_t slot, uint32_t count, uint32_t length) {
  slots_.push_back(slot);
  counts_.push_back(count);
  lengths_.push_back(length);
  ++list_.points;
  if (slots_.size() == kPackedNumbers) WriteBlock();
}

void PostingsWriter::WriteBlock() {
  std::vector<Impact> impacts;
  for (size_t i = 0; i < kPackedNumbers; ++i) impacts.push_back({counts_[i], lengths_[i]});
  impacts = Frontier(std::move(impacts));
  PostingBlock block;
  block.last_slot = slots_.back();
  block.packed = static_cast<uint32_t>(packed_.size() / 4);
  block.first_impact = static_cast<uint32_t>(impacts_.size());
  block.impacts = static_cast<uint16_t>(impacts.size());
  impacts_.insert(impacts_.end(), impacts.begin(), impacts.end());
  Differences(base_, WholeBlock(slots_));
  for (uint32_t& count : counts_) --count;
  block.slot_bits = static_cast<uint8_t>(BitsOf(WholeBlock(slots_)));
  block.count_bits = static_cast<uint8_t>(BitsOf(WholeBlock(counts_)));
  PackBits(WholeBlock(slots_), block.slot_bits, packed_);
  PackBits(WholeBlock(counts_), block.count_bits, packed_);
  base_ = block.last_slot + 1;
  blocks_.push_back(block);
  ClearBlock();
}

void PostingsWriter::ClearBlock() {
  slots_.clear();
  counts_.clear();
  lengths_.clear();
}

void PostingsWriter::EndList() {
  list_.tail = tails_.size();
  SparseWriter tail(base_, tails_);
  for (size_t i = 0; i < slots_.size(); ++i) tail.Append(slots_[i], counts_[i]);
  lists_.push_back(std::exchange(list_, {}));
  list_.first_block = static_cast<uint32_t>(blocks_.size());
  base_ = 0;
  ClearBlock();
}

void DecodeBlock(const PostingsView& postings, const PostingBlock& block, uint32_t base,
                 DecodedBlock& decoded) {
  const uint32_t* words = postings.packed.data() + size_t{block.packed} * 4;
  UnpackBits(words, block.slot_bits, decoded.slots);
  Sums(base, decoded.slots);
  UnpackBits(words + size_t{block.slot_bits} * 4, block.count_bits, decoded.counts);
  for (uint32_t& count : decoded.counts) ++count;
  decoded.size = kPackedNumbers;
}

void DecodeTail(const PostingsView& postings, const PostingList& list, uint32_t base, DecodedBlock& decoded) {
  const uint32_t wanted = list.points % kPackedNumbers;
  SparseReader reader(base, postings.tails.substr(list.tail));
  for (decoded.size = 0; decoded.size < wanted; ++decoded.size) {
    if (!reader.Next(decoded.slots[decoded.size], decoded.counts[decoded.size])) return;
  }
}

absl::Status CheckPostings(const PostingsView& postings, std::span<const uint32_t> lengths) {
  for (size_t term = 0; term < postings.lists.size(); ++term) {
    RETURN_IF_ERROR(CheckList(postings, term, lengths));
  }
  return absl::OkStatus();
}

}  // namespace voisin::index
