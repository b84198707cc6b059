#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace voisin::service {

// Bytes of the well-formed UTF-8 sequence (Unicode 15, table 3-7) at the start of `text`; 0 when there is
// none.
size_t Utf8SequenceLength(std::string_view text);
// Position of the first byte that belongs to no well-formed sequence.
std::optional<size_t> FindInvalidUtf8(std::string_view text);
// True for empty text and for text made only of characters with the property White_Space. Takes valid UTF-8.
bool IsBlank(std::string_view text);

}  // namespace voisin::service
