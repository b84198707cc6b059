#pragma once

#include <span>
#include <vector>

#include "index/graph_segment.h"

namespace voisin::index {

// Live slots of the segment whose points are in the filter, ascending.
std::vector<uint32_t> AllowedSlots(const GraphSegment& segment, const PointSet& filter);

// Which nodes of a segment have a live point in a filter: one bit for each, made once a query for walks that ask often.
class AllowedNodes {
 public:
  AllowedNodes(const GraphSegment& segment, const PointSet& filter);

  bool Contains(uint32_t node) const { return (bits_[node / 64] >> (node % 64) & 1) != 0; }
  size_t size() const { return size_; }
  // At most `count` of them, from all over the segment, ascending.
  std::vector<uint32_t> Sample(uint32_t count) const;

 private:
  std::vector<uint64_t> bits_;
  size_t size_ = 0;
};

}  // namespace voisin::index
