#include "index/lexical_walk.h"

#include <algorithm>

#include "index/posting_cursor.h"

namespace voisin::index {
namespace {

// Postings that a walk takes in the time in which one point's terms are found and read.
constexpr uint64_t kPostingsPerPoint = 60;

// Windows of slots, and in each of them MaxScore over what the blocks there can be worth: terms whose bounds together
// cannot lift a point into the best are looked up only for points that the other terms brought near enough.
// (Turtle and Flood 1995, Query evaluation: strategies and optimizations; bounds of blocks: Ding and Suel 2011, Faster
// top-k document retrieval using block-max indexes; intervals: Chakrabarti, Chaudhuri and Ganti 2011, Interval-based
// pruning for top-k processing over compressed lists.)
class Walk {
 public:
  Walk(const LexicalSegment& segment, std::span<const TermNumber> terms, const Bm25& bm25,
       const PointSet* filter, TopK& best)
      : segment_(segment), bm25_(bm25), filter_(filter), best_(best), least_(bm25.LeastUnits(best.floor())) {
    cursors_.reserve(terms.size());
    for (const TermNumber& term : terms) {
      cursors_.emplace_back(segment.view(), term.number, bm25, term.query_term);
    }
  }

  uint64_t Run() {
    for (uint32_t begin = 0; begin < segment_.points(); begin += WindowSums::kSlots) {
      SearchWindow(begin, std::min(begin + WindowSums::kSlots, segment_.points()));
    }
    return scored_;
  }

 private:
  struct Bounded {
    Units bound;        // of the term's contributions in the window
    Units bound_below;  // of this one and all before it together
    PostingCursor* cursor;
  };

  void SearchWindow(uint32_t begin, uint32_t end) {
    BoundTerms(begin, end);
    const auto essential =
        std::ranges::find_if(bounded_, [this](const Bounded& b) { return b.bound_below >= least_; });
    if (essential == bounded_.end()) return;
    sums_.Clear(begin);
    const Units all = bounded_.back().bound_below;
    for (auto it = essential; it != bounded_.end(); ++it) {
      const Units others = all - it->bound;
      scored_ += it->cursor->AddTo(sums_, end, least_ > others ? least_ - others : 0);
    }
    const std::span<const Bounded> rest(bounded_.begin(), essential);
    sums_.ForEach([&](uint32_t slot, Units sum) { Finish(slot, sum, rest); });
  }

  // By rising bound, those that have nothing in the window left out.
  void BoundTerms(uint32_t begin, uint32_t end) {
    bounded_.clear();
    for (PostingCursor& cursor : cursors_) {
      const Units bound = cursor.BoundIn(begin, end);
      if (bound > 0) bounded_.push_back({bound, 0, &cursor});
    }
    std::ranges::sort(bounded_, {}, &Bounded::bound);
    Units sum = 0;
    for (Bounded& bounded : bounded_) bounded.bound_below = sum += bounded.bound;
  }

  // Adds the terms of `rest` while the point can enter the best.
  void Finish(uint32_t slot, Units sum, std::span<const Bounded> rest) {
    if (sum + (rest.empty() ? 0 : rest.back().bound_below) < least_ || segment_.IsDead(slot)) return;
    const PointId id = segment_.view().ids[slot];
    if (filter_ != nullptr && !filter_->Contains(id)) return;
    for (; !rest.empty(); rest = rest.first(rest.size() - 1)) {
      if (sum + rest.back().bound_below < least_) return;
      sum += rest.back().cursor->At(slot);
      ++scored_;
    }
    if (sum < least_) return;
    best_.Offer({id, bm25_.Score(sum)});
    least_ = bm25_.LeastUnits(best_.floor());
  }

  const LexicalSegment& segment_;
  const Bm25& bm25_;
  const PointSet* const filter_;
  TopK& best_;
  Units least_;  // no smaller sum can enter the best
  std::vector<PostingCursor> cursors_;
  std::vector<Bounded> bounded_;
  WindowSums sums_;
  uint64_t scored_ = 0;
};

uint64_t ScoreFiltered(const LexicalSegment& segment, std::span<const TermNumber> terms, const Bm25& bm25,
                       const PointSet& filter, TopK& best) {
  uint64_t scored = 0;
  for (PointId id : filter.ascending()) {
    const std::optional<uint32_t> slot = segment.FindSlot(id);
    if (!slot || segment.IsDead(*slot)) continue;
    scored += terms.size();
    if (const Units sum = SumOfSlot(segment, *slot, terms, bm25); sum > 0) best.Offer({id, bm25.Score(sum)});
  }
  return scored;
}

bool ScoringIsCheaper(const LexicalSegment& segment, std::span<const TermNumber> terms,
                      const PointSet& filter) {
  uint64_t postings = 0;
  for (const TermNumber& term : terms) postings += segment.view().postings.lists[term.number].points;
  return filter.size() * kPostingsPerPoint < postings;
}

}  // namespace

uint64_t SearchSegment(const LexicalSegment& segment, std::span<const TermId> terms, const Bm25& bm25,
                       const PointSet* filter, TopK& best) {
  const std::vector<TermNumber> numbers = TermNumbers(segment, terms);
  if (filter != nullptr && ScoringIsCheaper(segment, numbers, *filter)) {
    return ScoreFiltered(segment, numbers, bm25, *filter, best);
  }
  return Walk(segment, numbers, bm25, filter, best).Run();
}

std::vector<TermNumber> TermNumbers(const LexicalSegment& segment, std::span<const TermId> terms) {
  std::vector<TermNumber> numbers;
  for (size_t i = 0; i < terms.size(); ++i) {
    if (const auto number = segment.FindTerm(terms[i])) numbers.push_back({*number, i});
  }
  return numbers;
}

Units SumOfSlot(const LexicalSegment& segment, uint32_t slot, std::span<const TermNumber> terms,
                const Bm25& bm25) {
  Units sum = 0;
  SparseReader reader = segment.TermsOf(slot);
  auto wanted = terms.begin();
  for (uint32_t term, count; wanted != terms.end() && reader.Next(term, count);) {
    while (wanted != terms.end() && wanted->number < term) ++wanted;
    if (wanted != terms.end() && wanted->number == term) {
      sum += bm25.Contribution(wanted->query_term, count, segment.view().lengths[slot]);
    }
  }
  return sum;
}

}  // namespace voisin::index
