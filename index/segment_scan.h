#pragma once

#include "index/quantizer.h"
#include "index/rerank.h"

namespace voisin::index {

// Offers every live point of the segment that the query's filter lets through. All their nodes are compared by their
// codes, and those that `best` may then still want by their vectors: the answer is that of comparing all vectors. Returns
// the rows of codes compared. Fails as Rerank does. Any thread; memory is kept per thread.
absl::StatusOr<uint64_t> ScanSegment(const GraphSegment& segment, const Scorer& scorer, const Query& query,
                                     const CodeQuery& codes, TopK& best);

}  // namespace voisin::index
