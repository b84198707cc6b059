#pragma once

#include "encoder/sentence_breaks.h"
#include "encoder/word_breaks.h"

namespace voisin::service {

// Where texts may be cut. For one thread.
class TextBreaks {
 public:
  // Internal when ICU lacks its data.
  static absl::StatusOr<TextBreaks> Create();

  // Of the part [begin, end) of `text`, in bytes of the text, ascending and disjoint. Where the part is a sentence, or one
  // that PartAround gives, its words are those of the text.
  std::vector<encoder::ByteSpan> Words(std::string_view text, encoder::ByteSpan part) const;
  std::vector<encoder::ByteSpan> Sentences(std::string_view text, encoder::ByteSpan part) const;

 private:
  std::unique_ptr<encoder::WordBreaks> words_;
  std::unique_ptr<encoder::SentenceBreaks> sentences_;
};

// A part of `text` that holds `span` and `margin` bytes on both of its sides, and parts no word: it goes on to the next
// white space, or to a comma or full stop of Chinese and Japanese.
encoder::ByteSpan PartAround(std::string_view text, encoder::ByteSpan span, uint32_t margin);

}  // namespace voisin::service
