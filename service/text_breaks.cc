#include "service/text_breaks.h"

#include <algorithm>

#include "base/status_macros.h"

namespace voisin::service {
namespace {

using encoder::ByteSpan;

// Whether neither a word nor what finds it looks across byte `at`: white space of ASCII, or U+3000 to U+3002, the white
// space and the marks of Chinese and Japanese.
bool IsCut(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return true;
  const std::string_view character = text.substr(at, 3);
  return character == "\u3000" || character == "\u3001" || character == "\u3002";
}

std::string_view Part(std::string_view text, ByteSpan part) {
  return text.substr(part.begin, part.end - part.begin);
}

std::vector<ByteSpan> Shifted(std::vector<ByteSpan> spans, uint32_t offset) {
  for (ByteSpan& span : spans) span = {span.begin + offset, span.end + offset};
  return spans;
}

}  // namespace

absl::StatusOr<TextBreaks> TextBreaks::Create() {
  TextBreaks breaks;
  ASSIGN_OR_RETURN(breaks.words_, encoder::WordBreaks::Create());
  ASSIGN_OR_RETURN(breaks.sentences_, encoder::SentenceBreaks::Create());
  return breaks;
}

std::vector<ByteSpan> TextBreaks::Words(std::string_view text, ByteSpan part) const {
  std::vector<ByteSpan> words;
  words_->Find(Part(text, part), words);
  return Shifted(std::move(words), part.begin);
}

std::vector<ByteSpan> TextBreaks::Sentences(std::string_view text, ByteSpan part) const {
  std::vector<ByteSpan> sentences;
  sentences_->Find(Part(text, part), sentences);
  return Shifted(std::move(sentences), part.begin);
}

ByteSpan PartAround(std::string_view text, ByteSpan span, uint32_t margin) {
  uint32_t begin = span.begin - std::min(span.begin, margin);
  while (begin > 0 && !IsCut(text, begin)) --begin;
  size_t end = size_t{span.end} + margin;
  while (end < text.size() && !IsCut(text, end)) ++end;
  return {begin, static_cast<uint32_t>(std::min(end, text.size()))};
}

}  // namespace voisin::service
