#pragma once

#include <string>
#include <vector>

#include "storage/filter.h"
#include "storage/point_bitmap.h"

namespace voisin::storage {

// One comparison of a filter, as it was looked up.
struct FilterLeaf {
  std::string restriction;  // as it could have been written
  uint64_t points = 0;      // of live documents for which it holds
  bool cached = false;      // the set was in memory
  uint64_t micros = 0;      // that it took
};

// What a filter lets through.
struct FilterMatch {
  PointBitmap points;
  uint64_t live = 0;  // documents of the collection
  std::vector<FilterLeaf> leaves;
};

}  // namespace voisin::storage
