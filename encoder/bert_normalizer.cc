#include "encoder/bert_normalizer.h"

#include <utility>

#include "encoder/characters.h"
#include "encoder/unicode_form.h"

namespace voisin::encoder {
namespace {

constexpr char32_t kReplacementCharacter = 0xfffd;

bool IsAsciiControl(char c) {
  return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

void Clean(char32_t c, ByteSpan span, NormalizedText& out) {
  const bool spaces = c == '\t' || c == '\n' || c == '\r';
  if (!spaces && (c == kReplacementCharacter || IsControl(c))) return;
  out.Append(IsWhiteSpace(c) ? U' ' : c, span);
}

// Cleaning and lower case in one pass, in place.
NormalizedText NormalizeAscii(const BertNormalizer& options, NormalizedText in) {
  size_t kept = 0;
  for (size_t i = 0; i < in.text.size(); ++i) {
    char c = in.text[i];
    if (options.clean_text) {
      if (IsAsciiControl(c)) continue;
      if (c < ' ') c = ' ';
    }
    if (options.lowercase && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    in.text[kept] = c;
    in.source[kept++] = in.source[i];
  }
  in.text.resize(kept);
  in.source.resize(kept);
  return in;
}

void Isolate(char32_t c, ByteSpan span, NormalizedText& out) {
  if (!IsCjkIdeograph(c)) return out.Append(c, span);
  out.Append(U' ', span);
  out.Append(c, span);
  out.Append(U' ', span);
}

}  // namespace

NormalizedText ApplyBertNormalizer(const BertNormalizer& options, NormalizedText in) {
  if (IsAscii(in.text)) return NormalizeAscii(options, std::move(in));
  if (options.clean_text) in = MapCharacters(in, Clean);
  if (options.handle_chinese_chars) in = MapCharacters(in, Isolate);
  if (options.strip_accents) in = ApplyForm(UnicodeForm::nfd, std::move(in));
  return MapCharacters(in, [&options](char32_t c, ByteSpan span, NormalizedText& out) {
    if (options.strip_accents && IsNonspacingMark(c)) return;
    if (!options.lowercase) return out.Append(c, span);
    EmitLowerCase(c, [&](char32_t lower) { out.Append(lower, span); });
  });
}

}  // namespace voisin::encoder
