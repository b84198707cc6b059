#pragma once

#include <span>

#include "index/allowed_nodes.h"
#include "index/beam.h"

namespace voisin::index {

struct WalkResult {
  std::span<const ScoredNode> nodes;  // the closest first; valid until the next walk on this thread
  uint64_t scored = 0;                // rows of codes compared with the query
};

// The approximately nearest `ef` nodes among those with a live point that the filter (null: none) lets
// through. Other nodes are stepped over on the way, but take no place among the `ef`. Any thread; memory is
// kept per thread. Scores are those of `query`, which was made for the segment's codes.
WalkResult Walk(const GraphSegment& segment, const CodeQuery& query, uint32_t ef, const PointSet* filter);

// The same for filters that let few nodes through: only those are compared, and where fewer than half of a node's links
// lead to one, the links of the others are followed too (ACORN: Patel et al., arXiv:2403.04871; the choice at each node:
// NaviX, arXiv:2506.23397). A sample of the allowed nodes starts the walk beside the entry of the graph, because what a
// filter lets through may lie far from the query.
WalkResult NarrowWalk(const GraphSegment& segment, const CodeQuery& query, uint32_t ef,
                      const AllowedNodes& allowed);

}  // namespace voisin::index
