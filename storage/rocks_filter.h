#pragma once

#include "storage/rocks_leaf.h"

namespace voisin::storage {

// See DocumentStore::Match: the algebra of the sets that the filter's comparisons stand for.
absl::StatusOr<FilterMatch> MatchFilter(const View& view, CollectionNumber collection, const Filter& filter,
                                        int64_t now_us, FilterCache& cache);

}  // namespace voisin::storage
