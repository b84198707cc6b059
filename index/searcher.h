#pragma once

#include "index/segment_list.h"
#include "index/vector_index.h"

namespace voisin::index {

// Answers a checked query over one list of segments. `query.vector` is normalised under cosine; `ef` is
// resolved.
SearchResult SearchSegments(const SegmentList& list, const Scorer& scorer, const Query& query);

// Is comparing `candidates` vectors one by one cheaper, and then also more exact, than walking a graph of
// `nodes` nodes for the `ef` best of them? The walk steps over what is filtered out, so it grows as nodes /
// candidates.
bool ScanIsCheaper(double candidates, double nodes, uint32_t ef);

}  // namespace voisin::index
