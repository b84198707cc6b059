#pragma once

#include <vector>

#include "index/bm25.h"
#include "index/lexical_segment.h"

namespace voisin::index {

// Sums of contributions over a range of slots.
class WindowSums {
 public:
  static constexpr uint32_t kSlots = 2048;

  void Clear(uint32_t begin);
  uint32_t begin() const { return begin_; }
  void Add(uint32_t slot, Units units) {
    sums_[slot - begin_] += units;
    touched_[(slot - begin_) / 64] |= uint64_t{1} << ((slot - begin_) % 64);
  }
  // Calls use(slot, sum) for every slot to which something was added, in ascending order.
  template <typename Use>
  void ForEach(Use use) const {
    for (uint32_t word = 0; word < kSlots / 64; ++word) {
      for (uint64_t bits = touched_[word]; bits != 0; bits &= bits - 1) {
        const uint32_t at = word * 64 + static_cast<uint32_t>(std::countr_zero(bits));
        use(begin_ + at, sums_[at]);
      }
    }
  }

 private:
  uint32_t begin_ = 0;
  Units sums_[kSlots] = {};
  uint64_t touched_[kSlots / 64] = {};
};

// Walks the postings of one term of a query in one segment, from low slots to high ones, and takes apart only the
// blocks that somebody asks for.
class PostingCursor {
 public:
  // `view` and `bm25` outlive the cursor. `term` is the number in the segment, `query_term` that in the query.
  PostingCursor(const LexicalView& view, uint32_t term, const Bm25& bm25, size_t query_term);

  // At least every contribution to slots of [begin, end), 0 when there is none; `begin` never falls.
  Units BoundIn(uint32_t begin, uint32_t end);
  // Adds the contributions to slots of [sums.begin(), end), but may leave out those of a block whose bound is below
  // `least`. Returns how many it added.
  uint64_t AddTo(WindowSums& sums, uint32_t end, Units least);
  // Of one slot, 0 when the point lacks the term; slots never fall.
  Units At(uint32_t slot);

 private:
  uint32_t BlockBegin(size_t block) const { return block == 0 ? 0 : ends_[block - 1]; }
  void SeekBlock(uint32_t slot);  // the one that may have it
  void Load();                    // takes the current block apart

  const LexicalView& view_;
  const PostingList& list_;
  const Bm25& bm25_;
  const size_t query_term_;
  std::span<const PostingBlock> blocks_;
  std::vector<uint32_t> ends_;  // for each block, the tail as the last: its last slot + 1
  std::vector<Units> bounds_;   // for each block
  size_t block_ = 0;
  size_t loaded_ = SIZE_MAX;  // the block that is taken apart
  uint32_t at_ = 0;           // no slot to come is before this one of it
  DecodedBlock decoded_;
  float raw_[kPackedNumbers];  // contributions
};

}  // namespace voisin::index
