#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "index/bit_packing.h"

namespace voisin::index {

// The postings of the terms of one segment: for each term the slots that have it, ascending, and how often. Whole
// blocks of 128 are packed bits; what is left at the end of a list, and so every rare term, is a sparse list.

// What a posting can be worth: none of its block has a greater count at a smaller length.
struct Impact {
  uint32_t count = 0;
  uint32_t length = 0;
};

struct PostingBlock {
  uint32_t last_slot = 0;
  uint32_t packed = 0;  // where its words begin, in fours: slots less the block before's last slot + 1, as
                        // Differences of bit_packing.h, then counts less 1
  uint32_t first_impact = 0;
  uint8_t slot_bits = 0;
  uint8_t count_bits = 0;
  uint16_t impacts = 0;  // 1..128: those that no other of the block excels in both, by falling count
};

struct PostingList {
  uint32_t points = 0;       // points / 128 blocks, points % 128 in the tail
  uint32_t first_block = 0;  // its blocks follow each other
  uint64_t tail = 0;         // where its bytes begin
};

// As it lies in memory or in a mapped file.
struct PostingsView {
  std::span<const PostingList> lists = {};  // for each term
  std::span<const PostingBlock> blocks = {};
  std::span<const Impact> impacts = {};
  std::span<const uint32_t> packed = {};
  std::string_view tails = {};  // sparse_list.h
};

// Writes lists one after another.
class PostingsWriter {
 public:
  // Of the next list, by ascending slot; `length` is that of the slot's point.
  void Append(uint32_t slot, uint32_t count, uint32_t length);
  void EndList();

  PostingsView view() const { return {lists_, blocks_, impacts_, packed_, tails_}; }

 private:
  void WriteBlock();
  void ClearBlock();

  std::vector<uint32_t> slots_, counts_, lengths_;  // that are in no block yet
  uint32_t base_ = 0;                               // no slot to come is below it
  PostingList list_;                                // the one that is being written
  std::vector<PostingList> lists_;
  std::vector<PostingBlock> blocks_;
  std::vector<Impact> impacts_;
  std::vector<uint32_t> packed_;
  std::string tails_;  // sparse_list.h
};

// A block taken apart.
struct DecodedBlock {
  uint32_t slots[kPackedNumbers];
  uint32_t counts[kPackedNumbers];
  uint32_t size = 0;
};

// `base`: the last slot of the list's block before + 1, or 0.
void DecodeBlock(const PostingsView& postings, const PostingBlock& block, uint32_t base,
                 DecodedBlock& decoded);
void DecodeTail(const PostingsView& postings, const PostingList& list, uint32_t base, DecodedBlock& decoded);

// Calls use(block) for each block of a list, the tail as the last.
template <typename Use>
void ForEachBlock(const PostingsView& postings, const PostingList& list, Use use) {
  DecodedBlock decoded;
  uint32_t base = 0;
  for (const PostingBlock& block : postings.blocks.subspan(list.first_block, list.points / kPackedNumbers)) {
    DecodeBlock(postings, block, base, decoded);
    use(decoded);
    base = block.last_slot + 1;
  }
  DecodeTail(postings, list, base, decoded);
  use(decoded);
}

// OK when every list can be decoded and its slots ascend and have lengths, and every impact is right; else DataLoss.
absl::Status CheckPostings(const PostingsView& postings, std::span<const uint32_t> lengths);

}  // namespace voisin::index
