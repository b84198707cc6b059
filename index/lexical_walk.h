#pragma once

#include <vector>

#include "index/bm25.h"
#include "index/lexical_segment.h"
#include "index/top_k.h"

namespace voisin::index {

// Offers to `best` the points of one sealed segment that can still enter it. Returns how many pairs of a point and a
// term were looked at. `terms` are those of `bm25`, ascending; a filter may be null.
uint64_t SearchSegment(const LexicalSegment& segment, std::span<const TermId> terms, const Bm25& bm25,
                       const PointSet* filter, TopK& best);

// A term of a query that the segment has.
struct TermNumber {
  uint32_t number = 0;    // in the segment
  size_t query_term = 0;  // in the query
};

// Ascending.
std::vector<TermNumber> TermNumbers(const LexicalSegment& segment, std::span<const TermId> terms);

// Of one point, from the list of its terms.
Units SumOfSlot(const LexicalSegment& segment, uint32_t slot, std::span<const TermNumber> terms,
                const Bm25& bm25);

}  // namespace voisin::index
