#include "index/posting_cursor.h"

#include <algorithm>

namespace voisin::index {

void WindowSums::Clear(uint32_t begin) {
  begin_ = begin;
  std::ranges::fill(sums_, 0);
  std::ranges::fill(touched_, 0);
}

PostingCursor::PostingCursor(const LexicalView& view, uint32_t term, const Bm25& bm25, size_t query_term)
    : view_(view),
      list_(view.postings.lists[term]),
      bm25_(bm25),
      query_term_(query_term),
      blocks_(view.postings.blocks.subspan(list_.first_block, list_.points / kPackedNumbers)) {
  for (const PostingBlock& block : blocks_) {
    Units bound = 0;
    for (const Impact& impact : view.postings.impacts.subspan(block.first_impact, block.impacts)) {
      bound = std::max(bound, bm25.Bound(query_term, impact.count, impact.length));
    }
    ends_.push_back(block.last_slot + 1);
    bounds_.push_back(bound);
  }
  if (list_.points % kPackedNumbers == 0) return;
  block_ = blocks_.size();
  ends_.push_back(UINT32_MAX);
  Load();
  ends_.back() = decoded_.slots[decoded_.size - 1] + 1;
  bounds_.push_back(Bm25::ToUnits(*std::max_element(raw_, raw_ + decoded_.size)));
  block_ = 0;
}

void PostingCursor::SeekBlock(uint32_t slot) {
  while (block_ < ends_.size() && ends_[block_] <= slot) ++block_;
}

void PostingCursor::Load() {
  if (loaded_ == block_) return;
  loaded_ = block_;
  at_ = 0;
  if (block_ < blocks_.size()) {
    DecodeBlock(view_.postings, blocks_[block_], BlockBegin(block_), decoded_);
  } else {
    DecodeTail(view_.postings, list_, BlockBegin(block_), decoded_);
  }
  bm25_.RawContributions(query_term_, decoded_.slots, decoded_.counts, view_.lengths.data(), decoded_.size,
                         raw_);
}

Units PostingCursor::BoundIn(uint32_t begin, uint32_t end) {
  SeekBlock(begin);
  Units bound = 0;
  for (size_t block = block_; block < ends_.size() && BlockBegin(block) < end; ++block) {
    bound = std::max(bound, bounds_[block]);
  }
  return bound;
}

uint64_t PostingCursor::AddTo(WindowSums& sums, uint32_t end, Units least) {
  uint64_t added = 0;
  for (SeekBlock(sums.begin()); block_ < ends_.size() && BlockBegin(block_) < end; ++block_) {
    if (bounds_[block_] >= least) {
      Load();
      while (at_ < decoded_.size && decoded_.slots[at_] < sums.begin()) ++at_;
      const uint32_t first = at_;
      for (; at_ < decoded_.size && decoded_.slots[at_] < end; ++at_) {
        sums.Add(decoded_.slots[at_], Bm25::ToUnits(raw_[at_]));
      }
      added += at_ - first;
    }
    if (ends_[block_] > end) break;  // the rest belongs to later windows
  }
  return added;
}

Units PostingCursor::At(uint32_t slot) {
  SeekBlock(slot);
  if (block_ == ends_.size() || slot < BlockBegin(block_)) return 0;
  Load();
  while (decoded_.slots[at_] < slot) ++at_;
  return decoded_.slots[at_] == slot ? Bm25::ToUnits(raw_[at_]) : 0;
}

}  // namespace voisin::index
