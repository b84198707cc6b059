#include "service/text_pieces.h"

#include "encoder/text_encoder.h"

namespace voisin::service {
namespace {

using encoder::ByteSpan;

ByteSpan Trimmed(std::string_view text, ByteSpan span) {
  const std::string_view left = encoder::TrimWhitespace(text.substr(span.begin, span.end - span.begin));
  const auto begin = static_cast<uint32_t>(left.data() - text.data());
  return {begin, begin + static_cast<uint32_t>(left.size())};
}

// Each part but the first begins with a word.
void AppendCut(std::string_view text, ByteSpan sentence, std::span<const ByteSpan> words, uint32_t max_bytes,
               std::vector<ByteSpan>& parts) {
  uint32_t begin = sentence.begin;
  bool has_word = false;
  for (const ByteSpan word : words) {
    if (has_word && word.end - begin > max_bytes) {
      parts.push_back(Trimmed(text, {begin, word.begin}));
      begin = word.begin;
    }
    has_word = true;
  }
  parts.push_back({begin, sentence.end});
}

std::vector<ByteSpan> Sentences(std::string_view text, uint32_t max_bytes, const TextBreaks& breaks) {
  std::vector<ByteSpan> sentences;
  for (const ByteSpan sentence : breaks.Sentences(text, {0, static_cast<uint32_t>(text.size())})) {
    if (sentence.end - sentence.begin <= max_bytes) {
      sentences.push_back(sentence);
    } else {
      AppendCut(text, sentence, breaks.Words(text, sentence), max_bytes, sentences);
    }
  }
  return sentences;
}

}  // namespace

std::vector<TextPiece> CutIntoPieces(std::string_view text, uint32_t max_bytes, const TextBreaks& breaks) {
  std::vector<TextPiece> pieces;
  for (const ByteSpan sentence : Sentences(text, max_bytes, breaks)) {
    if (pieces.empty() || sentence.end - pieces.back().front().begin > max_bytes) pieces.emplace_back();
    pieces.back().push_back(sentence);
  }
  return pieces;
}

}  // namespace voisin::service
