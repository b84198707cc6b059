#pragma once

#include <span>

#include "index/graph_segment.h"

namespace voisin::index {

struct ScoredNode {
  float score = 0;
  uint32_t node = 0;
};

struct WalkResult {
  std::span<const ScoredNode> nodes;  // valid until the next walk on this thread; in no order
  uint64_t scored = 0;                // vectors compared with the query
};

// The approximately nearest `ef` nodes among those with a live point that the filter (null: none) lets
// through. Other nodes are stepped over on the way, but take no place among the `ef`. Any thread; memory is
// kept per thread.
WalkResult Walk(const GraphSegment& segment, const Scorer& scorer, const float* query, uint32_t ef,
                const PointSet* filter);

}  // namespace voisin::index
