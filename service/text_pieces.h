#pragma once

#include <string_view>
#include <vector>

#include "service/text_breaks.h"

namespace voisin::service {

// Sentences of a text that follow each other.
using TextPiece = std::vector<encoder::ByteSpan>;

// A whole text, white space between sentences aside, in pieces of as many sentences as fit in `max_bytes`. A longer
// sentence is cut before words into several; only a word, or what stands between two, can make a piece longer.
std::vector<TextPiece> CutIntoPieces(std::string_view text, uint32_t max_bytes, const TextBreaks& breaks);

}  // namespace voisin::service
