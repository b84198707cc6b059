#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace voisin::cli {

// Offset of the first byte that is not well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms); nothing when
// all is well.
std::optional<size_t> FirstIllFormedByte(std::string_view text);

// Columns that a terminal gives the text: 2 for East Asian wide characters and emoji, 0 for combining marks. An
// approximation by ranges; ill-formed bytes count 1.
size_t DisplayWidth(std::string_view text);

// The text in at most `width` columns; when cut, it ends with "…".
std::string CutToWidth(std::string_view text, size_t width);

// The text without control characters (each becomes a space) or ill-formed bytes (U+FFFD): what a document says cannot
// steer a terminal.
std::string Printable(std::string_view text);

}  // namespace voisin::cli
