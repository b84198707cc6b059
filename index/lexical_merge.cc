#include "index/lexical_merge.h"

#include <algorithm>
#include <map>

#include "base/status_macros.h"

namespace voisin::index {
namespace {

constexpr uint32_t kDead = UINT32_MAX;
constexpr size_t kTermsBetweenStops = 1024;

// What a new segment owns.
struct Arrays {
  std::vector<PointId> ids;
  std::vector<uint32_t> lengths;
  std::vector<uint64_t> forward_ends;
  std::string forward;
  std::vector<TermId> terms;
  PostingsWriter postings;

  LexicalView view() const { return {ids, lengths, forward_ends, forward, terms, postings.view()}; }
};

std::shared_ptr<LexicalSegment> Own(std::shared_ptr<const Arrays> arrays, uint64_t number) {
  const LexicalView view = arrays->view();
  return std::make_shared<LexicalSegment>(number, view, std::move(arrays));
}

struct Posting {
  uint32_t slot;
  uint32_t count;
};

// From the rows of one buffer.
class Inverter {
 public:
  Inverter(const LexicalBuffer& buffer, uint32_t rows) : buffer_(buffer) {
    for (uint32_t row = 0; row < rows; ++row) {
      if (!buffer.IsDead(row)) rows_.push_back(row);
    }
    std::ranges::sort(rows_, {}, [&](uint32_t row) { return buffer.id(row); });
  }

  std::shared_ptr<const Arrays> Run() {
    for (uint32_t slot = 0; slot < rows_.size(); ++slot) TakeRow(slot);
    for (auto& [term, postings] : lists_) {
      arrays_->terms.push_back(term);
      for (const Posting& posting : postings) {
        arrays_->postings.Append(posting.slot, posting.count, arrays_->lengths[posting.slot]);
      }
      arrays_->postings.EndList();
    }
    WriteForward();
    return rows_.empty() ? nullptr : std::move(arrays_);
  }

 private:
  void TakeRow(uint32_t slot) {
    arrays_->ids.push_back(buffer_.id(rows_[slot]));
    arrays_->lengths.push_back(buffer_.length(rows_[slot]));
    buffer_.ForEachTerm(rows_[slot], [&](uint32_t term, uint32_t count) {
      lists_[buffer_.term_id(term)].push_back({slot, count});
    });
  }

  void WriteForward() {
    std::vector<std::string> parts(rows_.size());
    std::vector<SparseWriter> writers;
    for (std::string& part : parts) writers.emplace_back(0, part);
    uint32_t number = 0;
    for (const auto& [term, postings] : lists_) {
      for (const Posting& posting : postings) writers[posting.slot].Append(number, posting.count);
      ++number;
    }
    for (const std::string& part : parts) {
      arrays_->forward += part;
      arrays_->forward_ends.push_back(arrays_->forward.size());
    }
  }

  const LexicalBuffer& buffer_;
  std::vector<uint32_t> rows_;  // live, by ascending id: the new slots
  std::map<TermId, std::vector<Posting>> lists_;
  std::shared_ptr<Arrays> arrays_ = std::make_shared<Arrays>();
};

// One of the segments that become one.
struct Part {
  const LexicalSegment* segment;
  std::vector<uint32_t> slots;  // for each slot: the new one, or kDead
  std::vector<uint32_t> terms;  // for each term, as far as merged: the new number
};

// Term by term, as in any merge of sorted runs.
class Merger {
 public:
  explicit Merger(const std::vector<std::shared_ptr<LexicalSegment>>& segments) {
    for (const auto& segment : segments) {
      parts_.push_back({segment.get(), std::vector<uint32_t>(segment->points(), kDead), {}});
    }
  }

  absl::StatusOr<std::shared_ptr<const Arrays>> Run(const std::atomic<bool>& stop) {
    NumberPoints();
    if (order_.empty()) return nullptr;
    for (size_t merged = 0; MergeNextTerm(); ++merged) {
      if (merged % kTermsBetweenStops == 0 && stop.load(std::memory_order_acquire)) {
        return absl::CancelledError("the index is closed");
      }
    }
    for (const Place& place : order_) WriteForward(place);
    return std::move(arrays_);
  }

 private:
  struct Place {
    PointId id;
    uint32_t part;
    uint32_t slot;
  };

  void NumberPoints() {
    for (uint32_t part = 0; part < parts_.size(); ++part) {
      const LexicalSegment& segment = *parts_[part].segment;
      for (uint32_t slot = 0; slot < segment.points(); ++slot) {
        if (!segment.IsDead(slot)) order_.push_back({segment.view().ids[slot], part, slot});
      }
    }
    std::ranges::sort(order_, {}, &Place::id);
    for (uint32_t slot = 0; slot < order_.size(); ++slot) {
      Part& part = parts_[order_[slot].part];
      part.slots[order_[slot].slot] = slot;
      arrays_->ids.push_back(order_[slot].id);
      arrays_->lengths.push_back(part.segment->view().lengths[order_[slot].slot]);
    }
  }

  // The least term that no part has given yet; false when there is none.
  bool MergeNextTerm() {
    const TermId* least = nullptr;
    for (const Part& part : parts_) {
      const auto rest = part.segment->view().terms.subspan(part.terms.size());
      if (!rest.empty() && (least == nullptr || rest.front() < *least)) least = &rest.front();
    }
    if (least == nullptr) return false;
    const TermId term = *least;
    postings_.clear();
    for (Part& part : parts_) {
      const size_t at = part.terms.size();
      if (at == part.segment->view().terms.size() || part.segment->view().terms[at] != term) continue;
      TakePostings(part, static_cast<uint32_t>(at));
      part.terms.push_back(static_cast<uint32_t>(arrays_->terms.size()));
    }
    WriteList(term);
    return true;
  }

  void TakePostings(const Part& part, uint32_t term) {
    ForEachBlock(part.segment->view().postings, part.segment->view().postings.lists[term],
                 [&](const DecodedBlock& block) {
                   for (uint32_t i = 0; i < block.size; ++i) {
                     const uint32_t slot = part.slots[block.slots[i]];
                     if (slot != kDead) postings_.push_back({slot, block.counts[i]});
                   }
                 });
  }

  void WriteList(TermId term) {
    if (postings_.empty()) return;  // all its points are dead: nothing refers to its number
    if (!std::ranges::is_sorted(postings_, {}, &Posting::slot))
      std::ranges::sort(postings_, {}, &Posting::slot);
    arrays_->terms.push_back(term);
    for (const Posting& posting : postings_) {
      arrays_->postings.Append(posting.slot, posting.count, arrays_->lengths[posting.slot]);
    }
    arrays_->postings.EndList();
  }

  void WriteForward(const Place& place) {
    const Part& part = parts_[place.part];
    SparseReader from = part.segment->TermsOf(place.slot);
    SparseWriter to(0, arrays_->forward);
    for (uint32_t term, count; from.Next(term, count);) to.Append(part.terms[term], count);
    arrays_->forward_ends.push_back(arrays_->forward.size());
  }

  std::vector<Part> parts_;
  std::vector<Place> order_;  // by the new slot
  std::vector<Posting> postings_;
  std::shared_ptr<Arrays> arrays_ = std::make_shared<Arrays>();
};

}  // namespace

std::shared_ptr<LexicalSegment> Invert(const LexicalBuffer& buffer, uint32_t rows, uint64_t number) {
  std::shared_ptr<const Arrays> arrays = Inverter(buffer, rows).Run();
  return arrays == nullptr ? nullptr : Own(std::move(arrays), number);
}

absl::StatusOr<std::shared_ptr<LexicalSegment>> Merge(
    const std::vector<std::shared_ptr<LexicalSegment>>& segments, uint64_t number,
    const std::atomic<bool>& stop) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Arrays> arrays, Merger(segments).Run(stop));
  return arrays == nullptr ? nullptr : Own(std::move(arrays), number);
}

}  // namespace voisin::index
