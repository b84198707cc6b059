#pragma once

#include <memory>
#include <vector>

#include "index/flat_segment.h"
#include "index/graph_segment.h"

namespace voisin::index {

// What a search sees. The list never changes once published; what it points to changes only as its classes
// say.
struct SegmentList {
  std::vector<std::shared_ptr<GraphSegment>> graphs;
  std::vector<std::shared_ptr<FlatSegment>> flats;  // the last one grows, those before it wait for a graph
};

}  // namespace voisin::index
