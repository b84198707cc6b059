#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "encoder/batch.h"

namespace voisin::encoder {

// A text on its way to the model, every byte with the bytes of the caller's text that it came from. Where one
// character became several they share its span; a character that came from nowhere has an empty one. Spans
// never go back.
struct NormalizedText {
  std::string text;
  std::vector<ByteSpan> source;  // as long as text

  void Append(std::string_view bytes, ByteSpan from) {
    text.append(bytes);
    source.insert(source.end(), bytes.size(), from);
  }
};

struct NormalizerOptions {
  bool nfkc = false;             // Unicode normalisation form KC, as ICU has it
  bool collapse_spaces = false;  // after it: every run of U+0020 becomes one
};

// The normal form of `text`, which is valid UTF-8 of less than 2^31 bytes; `text` stands at byte `position`
// of the caller's text. Linear in the length of the text: a run of more than 1,024 bytes of characters that
// NFKC could compose or reorder with each other is normalised in parts.
NormalizedText Normalize(std::string_view text, uint32_t position, NormalizerOptions options);

}  // namespace voisin::encoder
