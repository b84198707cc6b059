#pragma once

#include <memory>
#include <optional>

#include "index/lexical_index.h"
#include "index/postings.h"
#include "index/sparse_list.h"
#include "index/tombstones.h"

namespace voisin::index {

// Everything a sealed lexical segment consists of, as it lies in memory or in a mapped file.
struct LexicalView {
  std::span<const PointId> ids = {};            // ascending; the position is the point's slot
  std::span<const uint32_t> lengths = {};       // for each slot: the sum of its counts
  std::span<const uint64_t> forward_ends = {};  // for each slot: where its terms end in `forward`
  std::string_view forward = {};       // for each slot a sparse list (sparse_list.h) of positions in `terms`
  std::span<const TermId> terms = {};  // ascending
  PostingsView postings = {};          // a list for each term
};

// OK when every access that LexicalSegment or a search can make stays inside the view, and when it contradicts itself
// nowhere: the terms of a point are those whose postings name it. Else DataLoss.
absl::Status CheckLexicalView(const LexicalView& view);

// A sealed segment: immutable but for its tombstones and what they take away from its figures; one writer sets them.
// Readers need no lock.
class LexicalSegment {
 public:
  // `view` has passed CheckLexicalView, or was built here; `owner` keeps its memory. `number` names its file.
  LexicalSegment(uint64_t number, LexicalView view, std::shared_ptr<const void> owner);

  uint64_t number() const { return number_; }
  const LexicalView& view() const { return view_; }
  uint32_t points() const { return static_cast<uint32_t>(view_.ids.size()); }
  uint32_t dead() const { return tombstones_.count(); }
  uint32_t live() const { return points() - dead(); }
  uint64_t live_length() const { return live_length_.load(std::memory_order_relaxed); }
  uint64_t postings() const { return postings_; }
  uint64_t memory_bytes() const;

  std::optional<uint32_t> FindSlot(PointId id) const;
  bool ContainsLive(PointId id) const;
  bool Remove(PointId id);  // true when it was live
  bool RemoveSlot(uint32_t slot);
  bool IsDead(uint32_t slot) const { return tombstones_.Test(slot); }

  // The number of a term here: its position in `terms`.
  std::optional<uint32_t> FindTerm(TermId term) const;
  uint64_t live_points(uint32_t term) const {
    return view_.postings.lists[term].points - dead_points_[term].load(std::memory_order_relaxed);
  }
  // The terms of a point, by number, and its counts.
  SparseReader TermsOf(uint32_t slot) const;

 private:
  const uint64_t number_;
  const LexicalView view_;
  const std::shared_ptr<const void> owner_;
  uint64_t postings_ = 0;
  std::unique_ptr<std::atomic<uint32_t>[]> dead_points_;  // for each term
  std::atomic<uint64_t> live_length_{0};
  Tombstones tombstones_;
};

}  // namespace voisin::index
