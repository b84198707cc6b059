#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/batch.h"

namespace voisin::encoder {

// Where the words of a text stand: the segments between Unicode's word boundaries (UAX #29, as ICU has them; dictionaries
// for Thai, Lao, Khmer, Burmese, Chinese and Japanese) that hold a letter or a digit, or a
// character with one in its compatibility form ("№"). One thread at a time.
class WordBreaks {
 public:
  // Internal when ICU lacks its data.
  static absl::StatusOr<std::unique_ptr<WordBreaks>> Create();
  virtual ~WordBreaks() = default;

  // Appends the words of `text` in their order, disjoint, each at character boundaries. Takes UTF-8 of less than 2^31
  // bytes; an ill-formed sequence counts as a character that is in no word.
  virtual void Find(std::string_view text, std::vector<ByteSpan>& words) = 0;
};

// The same for ASCII text, without ICU.
void FindAsciiWords(std::string_view text, uint32_t offset, std::vector<ByteSpan>& words);

}  // namespace voisin::encoder
