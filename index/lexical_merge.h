#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "index/lexical_segment_list.h"

namespace voisin::index {

// Immutable segments of what is live at some moment of the call; null when nothing is. Points removed meanwhile may be
// in them.

// Of the first `rows` rows of a buffer, which may grow meanwhile.
std::shared_ptr<LexicalSegment> Invert(const LexicalBuffer& buffer, uint32_t rows, uint64_t number);

// Of all segments together. Cancelled when `stop` becomes true.
absl::StatusOr<std::shared_ptr<LexicalSegment>> Merge(
    const std::vector<std::shared_ptr<LexicalSegment>>& segments, uint64_t number,
    const std::atomic<bool>& stop);

}  // namespace voisin::index
