#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/batch.h"
#include "encoder/utf8.h"

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
  void Append(char32_t character, ByteSpan from) {
    AppendUtf8(character, text);
    source.resize(text.size(), from);
  }
  // `bytes` as they stand at byte `position` of the caller's text.
  void AppendUnchanged(std::string_view bytes, uint32_t position) {
    text.append(bytes);
    for (uint32_t i = 0; i < bytes.size(); ++i) source.push_back({position + i, position + i + 1});
  }
  // Bytes [begin, end) of `other`.
  void AppendRange(const NormalizedText& other, size_t begin, size_t end) {
    text.append(other.text, begin, end - begin);
    source.insert(source.end(), other.source.begin() + static_cast<ptrdiff_t>(begin),
                  other.source.begin() + static_cast<ptrdiff_t>(end));
  }
  void Reserve(size_t bytes) {
    text.reserve(bytes);
    source.reserve(bytes);
  }
  // What the non-empty range [begin, end) came from.
  ByteSpan SourceOf(size_t begin, size_t end) const { return {source[begin].begin, source[end - 1].end}; }
};

// Calls emit(character, span) for every character of `in` through `rule(character, span, out)`, which appends what
// takes its place.
template <typename Rule>
NormalizedText MapCharacters(const NormalizedText& in, Rule rule) {
  NormalizedText out;
  out.Reserve(in.text.size() + in.text.size() / 8);
  for (size_t at = 0; at < in.text.size();) {
    const size_t next = at + Utf8Length(in.text[at]);
    rule(DecodeAt(in.text, at), in.SourceOf(at, next), out);
    at = next;
  }
  return out;
}

}  // namespace voisin::encoder
