#pragma once

#include "index/beam.h"
#include "index/graph_segment.h"
#include "index/vector_index.h"

namespace voisin::index {

// Offers the points behind `nodes`, which a walk with `codes` found, closest first, with exact scores. Nodes whose
// approximate score shows that `best` cannot want them are not compared: `best` holds afterwards what it would hold had
// every node been compared. Fails only where the segment's vectors are on file and cannot be read.
absl::Status Rerank(const GraphSegment& segment, const Scorer& scorer, const Query& query,
                    const CodeQuery& codes, std::span<const ScoredNode> nodes, TopK& best);

}  // namespace voisin::index
