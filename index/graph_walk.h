#pragma once

#include <span>

#include "index/beam.h"
#include "index/graph_segment.h"

namespace voisin::index {

struct WalkResult {
  std::span<const ScoredNode> nodes;  // the closest first; valid until the next walk on this thread
  uint64_t scored = 0;                // rows of codes compared with the query
};

// The approximately nearest `ef` nodes among those with a live point that the filter (null: none) lets
// through. Other nodes are stepped over on the way, but take no place among the `ef`. Any thread; memory is
// kept per thread. Scores are those of `query`, which was made for the segment's codes.
WalkResult Walk(const GraphSegment& segment, const CodeQuery& query, uint32_t ef, const PointSet* filter);

}  // namespace voisin::index
