#pragma once

#include "index/segment_list.h"
#include "index/vector_index.h"

namespace voisin::index {

// Answers a checked query over one list of segments. `query.vector` is normalised under cosine; `ef` is
// resolved. Fails only where vectors are on file and cannot be read.
absl::StatusOr<SearchResult> SearchSegments(const SegmentList& list, const Scorer& scorer,
                                            const Query& query);

}  // namespace voisin::index
