#pragma once

#include "storage/filter_cache.h"
#include "storage/filter_leaf.h"
#include "storage/rocks_view.h"

namespace voisin::storage {

// The sets of a view that single restrictions stand for: from the cache, brought up to the view's moment by
// what the journal tells, or read. For one thread.
class LeafReader {
 public:
  using Points = std::shared_ptr<const PointBitmap>;
  struct Found {
    Points points;
    bool cached = false;
  };

  // All outlive the reader.
  LeafReader(const View& view, CollectionNumber collection, FilterCache& cache)
      : view_(view), collection_(collection), cache_(cache) {}

  // The documents for which it holds; among them may be some that do not live.
  absl::StatusOr<Found> Read(const Restriction& restriction) const;
  // Every live document.
  absl::StatusOr<Points> ReadLive() const;
  // The types that values of the field have.
  absl::StatusOr<std::vector<PostingType>> TypesAt(const std::vector<std::string>& path) const;

 private:
  struct Leaf {
    std::string name;  // in the cache
    std::vector<LeafRange> ranges;
    const Restriction& restriction;
  };
  // What postings say, before anything is verified.
  struct Said {
    PointBitmap includes, excludes, verify, removed;
    PointBitmap* Of(LeafEffect effect);
  };

  absl::StatusOr<Found> Read(const Leaf& leaf) const;
  // `old` with what these writes did.
  absl::StatusOr<Points> Update(const Leaf& leaf, const Points& old,
                                std::span<const PostingJournal::Changes> writes) const;
  absl::StatusOr<Points> ReadRows(const Leaf& leaf) const;
  absl::Status AddRange(const LeafRange& range, const Restriction& restriction, Said& said) const;
  // Brings `points` to what was said of them.
  absl::Status Apply(const Said& said, const Restriction& restriction, PointBitmap& points) const;
  absl::StatusOr<PointBitmap> Verify(const PointBitmap& candidates, const Restriction& restriction) const;

  const View& view_;
  const CollectionNumber collection_;
  FilterCache& cache_;
};

}  // namespace voisin::storage
