#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/batch.h"

namespace voisin::encoder {

// Where the sentences of a text stand: between Unicode's sentence boundaries (UAX #29, as ICU has them), but for those
// that stand in a word of word_breaks.h. A single line break within a paragraph ends no sentence, as texts of fixed
// width have it; one before an empty line, an indented line or an item of a list does. One thread at a time.
class SentenceBreaks {
 public:
  // Internal when ICU lacks its data.
  static absl::StatusOr<std::unique_ptr<SentenceBreaks>> Create();
  virtual ~SentenceBreaks() = default;

  // Appends the sentences of `text` in their order, without the white space at their ends: all else is in one of them.
  // Takes UTF-8 of less than 2^31 bytes; an ill-formed sequence counts as a character of no class.
  virtual void Find(std::string_view text, std::vector<ByteSpan>& sentences) = 0;
};

}  // namespace voisin::encoder
