#include "index/lexical_segment.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/status_macros.h"

namespace voisin::index {
namespace {

absl::Status Damaged(const std::string& what) {
  return absl::DataLossError("lexical segment: expected " + what);
}

template <typename T>
bool StrictlyAscends(std::span<const T> numbers) {
  return std::ranges::adjacent_find(numbers, std::ranges::greater_equal()) == numbers.end();
}

SparseReader TermsOfSlot(const LexicalView& view, uint32_t slot) {
  const uint64_t begin = slot == 0 ? 0 : view.forward_ends[slot - 1];
  return {0, view.forward.substr(begin, view.forward_ends[slot] - begin)};
}

absl::Status CheckSizes(const LexicalView& view) {
  const size_t points = view.ids.size();
  if (points >= UINT32_MAX || view.lengths.size() != points || view.forward_ends.size() != points) {
    return Damaged("a length and terms for each of " + std::to_string(points) + " points");
  }
  if (view.terms.size() >= UINT32_MAX || view.postings.lists.size() != view.terms.size()) {
    return Damaged("postings for each of " + std::to_string(view.terms.size()) + " terms");
  }
  if (!StrictlyAscends(view.ids) || !StrictlyAscends(view.terms)) return Damaged("ascending ids and terms");
  if (!std::ranges::is_sorted(view.forward_ends) ||
      (points == 0 ? 0 : view.forward_ends.back()) != view.forward.size()) {
    return Damaged("terms of points that follow each other");
  }
  return absl::OkStatus();
}

// Reads the terms of all points beside the postings, which stand at the same slot then.
class Comparison {
 public:
  explicit Comparison(const LexicalView& view) : view_(view), seen_(view.terms.size()) {}

  absl::Status CheckSlot(uint32_t slot) {
    SparseReader terms = TermsOfSlot(view_, slot);
    uint64_t length = 0;
    for (uint32_t term, count; terms.Next(term, count);) {
      if (term >= seen_.size())
        return Damaged("terms of point " + std::to_string(slot) + " in the dictionary");
      ++seen_[term];
      sum_ += Mix(slot, term, count);
      length += count;
    }
    if (!terms.AtEnd() || length != view_.lengths[slot] || length > kMaxTermCount) {
      return Damaged("counts that add up to the length of point " + std::to_string(slot));
    }
    return absl::OkStatus();
  }

  absl::Status CheckPostingsAgree() {
    for (uint32_t term = 0; term < seen_.size(); ++term) {
      const PostingList& list = view_.postings.lists[term];
      if (list.points != seen_[term]) return Damaged("as many points of a term as postings");
      ForEachBlock(view_.postings, list, [&](const DecodedBlock& block) { Subtract(term, block); });
    }
    return sum_ == 0 ? absl::OkStatus() : Damaged("postings that are the terms of the points");
  }

 private:
  // A sum over all triples is equal on both sides, and hardly ever when one differs.
  static uint64_t Mix(uint64_t slot, uint64_t term, uint64_t count) {
    uint64_t mixed = (slot << 32 | term) * 0x9e3779b97f4a7c15u + count;
    mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
    return mixed ^ mixed >> 32;
  }
  void Subtract(uint32_t term, const DecodedBlock& decoded) {
    for (uint32_t i = 0; i < decoded.size; ++i) sum_ -= Mix(decoded.slots[i], term, decoded.counts[i]);
  }

  const LexicalView& view_;
  std::vector<uint32_t> seen_;  // for each term
  uint64_t sum_ = 0;
};

}  // namespace

absl::Status CheckLexicalView(const LexicalView& view) {
  RETURN_IF_ERROR(CheckSizes(view));
  RETURN_IF_ERROR(CheckPostings(view.postings, view.lengths));
  Comparison comparison(view);
  for (uint32_t slot = 0; slot < view.ids.size(); ++slot) RETURN_IF_ERROR(comparison.CheckSlot(slot));
  return comparison.CheckPostingsAgree();
}

LexicalSegment::LexicalSegment(uint64_t number, LexicalView view, std::shared_ptr<const void> owner)
    : number_(number),
      view_(view),
      owner_(std::move(owner)),
      dead_points_(new std::atomic<uint32_t>[view.terms.size()]()),
      tombstones_(points()) {
  live_length_ = std::accumulate(view.lengths.begin(), view.lengths.end(), uint64_t{0});
  for (const PostingList& list : view.postings.lists) postings_ += list.points;
}

std::optional<uint32_t> LexicalSegment::FindSlot(PointId id) const {
  const auto found = std::ranges::lower_bound(view_.ids, id);
  if (found == view_.ids.end() || *found != id) return std::nullopt;
  return static_cast<uint32_t>(found - view_.ids.begin());
}

bool LexicalSegment::ContainsLive(PointId id) const {
  const std::optional<uint32_t> slot = FindSlot(id);
  return slot && !IsDead(*slot);
}

bool LexicalSegment::Remove(PointId id) {
  const std::optional<uint32_t> slot = FindSlot(id);
  return slot && RemoveSlot(*slot);
}

bool LexicalSegment::RemoveSlot(uint32_t slot) {
  if (!tombstones_.Set(slot)) return false;
  SparseReader terms = TermsOf(slot);
  for (uint32_t term, count; terms.Next(term, count);) {
    dead_points_[term].fetch_add(1, std::memory_order_relaxed);
  }
  live_length_.fetch_sub(view_.lengths[slot], std::memory_order_relaxed);
  return true;
}

std::optional<uint32_t> LexicalSegment::FindTerm(TermId term) const {
  const auto found = std::ranges::lower_bound(view_.terms, term);
  if (found == view_.terms.end() || *found != term) return std::nullopt;
  return static_cast<uint32_t>(found - view_.terms.begin());
}

SparseReader LexicalSegment::TermsOf(uint32_t slot) const { return TermsOfSlot(view_, slot); }

uint64_t LexicalSegment::memory_bytes() const {
  const PostingsView& postings = view_.postings;
  return view_.ids.size_bytes() + view_.lengths.size_bytes() + view_.forward_ends.size_bytes() +
         view_.forward.size() + view_.terms.size_bytes() + postings.lists.size_bytes() +
         postings.blocks.size_bytes() + postings.impacts.size_bytes() + postings.packed.size_bytes() +
         postings.tails.size() + view_.terms.size() * sizeof(uint32_t) + points() / 8;
}

}  // namespace voisin::index
