#pragma once

#include <span>
#include <vector>

#include "index/types.h"

namespace voisin::index {

// The points that a filter lets through. Immutable.
class PointSet {
 public:
  PointSet() = default;
  // `ids` in any order, duplicates allowed.
  explicit PointSet(std::vector<PointId> ids);

  bool Contains(PointId id) const;
  size_t size() const { return ids_.size(); }
  std::span<const PointId> ascending() const { return ids_; }

 private:
  std::vector<PointId> ids_;    // ascending, distinct
  std::vector<uint64_t> bits_;  // bit i: ids_.front() + i is in the set; empty when the ids lie too far apart
};

}  // namespace voisin::index
