#include "encoder/word_folding.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

bool IsAccent(char16_t unit) { return unit >= 0x0300 && unit <= 0x036f; }

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Without accents, and with the apostrophe that Snowball knows.
icu::UnicodeString Bare(const icu::UnicodeString& decomposed) {
  icu::UnicodeString bare;
  for (int32_t i = 0; i < decomposed.length(); ++i) {
    const char16_t unit = decomposed[i];
    if (!IsAccent(unit)) bare.append(unit == u'\u2019' ? u'\'' : unit);
  }
  return bare;
}

// ICU's data was there when the word was found.
void FoldUnicode(std::string_view word, std::string& folded) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString whole =
      icu::UnicodeString::fromUTF8(icu::StringPiece(word.data(), static_cast<int32_t>(word.size())));
  icu::UnicodeString bare = Bare(icu::Normalizer2::getNFKDInstance(error)->normalize(whole, error));
  bare.toLower(icu::Locale::getRoot());
  icu::Normalizer2::getNFKCInstance(error)->normalize(bare, error).toUTF8String(folded);
}

}  // namespace

void FoldWord(std::string_view word, std::string& folded) {
  folded.clear();
  if (!IsAscii(word)) return FoldUnicode(word, folded);
  for (const char c : word) folded += LowerAscii(c);
}

}  // namespace voisin::encoder
