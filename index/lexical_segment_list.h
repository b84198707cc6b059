#pragma once

#include <memory>
#include <vector>

#include "index/lexical_buffer.h"
#include "index/lexical_segment.h"

namespace voisin::index {

// What a search sees; as SegmentList of vectors.
struct LexicalSegmentList {
  std::vector<std::shared_ptr<LexicalSegment>> sealed;
  std::vector<std::shared_ptr<LexicalBuffer>>
      buffers;  // the last one grows, those before it wait to be rewritten
};

}  // namespace voisin::index
