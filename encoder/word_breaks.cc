#include "encoder/word_breaks.h"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <algorithm>

#include "base/status_macros.h"
#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

size_t AsciiEnd(std::string_view text, size_t at) { return at + AsciiPrefix(text.substr(at)); }

// Bytes before `end`, or from `at` on where there is no space between.
size_t LastSpace(std::string_view text, size_t at, size_t end) {
  const size_t space = text.substr(0, end).find_last_of(kSpaces);
  return space == std::string_view::npos || space < at ? at : space;
}

bool IsLetterOrDigit(UChar32 character) {
  if (u_isalnum(character)) return true;
  if (character < 0x80) return false;
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString parts;
  if (!icu::Normalizer2::getNFKDInstance(error)->getDecomposition(character, parts)) return false;
  for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
    if (u_isalnum(parts.char32At(i))) return true;
  }
  return false;
}

bool IsWord(std::string_view segment) {
  const icu::UnicodeString characters =
      icu::UnicodeString::fromUTF8(icu::StringPiece(segment.data(), static_cast<int32_t>(segment.size())));
  for (int32_t i = 0; i < characters.length(); i = characters.moveIndex32(i, 1)) {
    if (IsLetterOrDigit(characters.char32At(i))) return true;
  }
  return false;
}

class IcuWordBreaks : public WordBreaks {
 public:
  explicit IcuWordBreaks(std::unique_ptr<icu::BreakIterator> boundaries)
      : boundaries_(std::move(boundaries)) {}
  ~IcuWordBreaks() override { utext_close(&text_); }
  IcuWordBreaks(const IcuWordBreaks&) = delete;
  IcuWordBreaks& operator=(const IcuWordBreaks&) = delete;

  // No rule of UAX #29 joins a word to a space before or behind it or looks across one, so a text may be cut before any:
  // what is ASCII between two cuts needs no ICU.
  void Find(std::string_view text, std::vector<ByteSpan>& words) override {
    for (size_t at = 0; at < text.size();) {
      const size_t ascii_end = AsciiEnd(text, at);
      if (ascii_end == text.size()) return FindAsciiWords(text.substr(at), static_cast<uint32_t>(at), words);
      const size_t cut = LastSpace(text, at, ascii_end);
      FindAsciiWords(text.substr(at, cut - at), static_cast<uint32_t>(at), words);
      at = std::min(text.size(), text.find_first_of(kSpaces, ascii_end));
      FindBetween(text.substr(0, at), cut, words);
    }
  }

 private:
  // The words of `text` from `begin` on.
  void FindBetween(std::string_view text, size_t begin, std::vector<ByteSpan>& words) {
    const std::string_view part = text.substr(begin);
    UErrorCode error = U_ZERO_ERROR;
    utext_openUTF8(&text_, part.data(), static_cast<int64_t>(part.size()), &error);
    boundaries_->setText(&text_, error);
    int32_t from = boundaries_->first();
    for (int32_t to = boundaries_->next(); to != icu::BreakIterator::DONE; to = boundaries_->next()) {
      const ByteSpan segment = {static_cast<uint32_t>(from), static_cast<uint32_t>(to)};
      if (IsWord(part.substr(segment.begin, segment.end - segment.begin))) {
        words.push_back(
            {static_cast<uint32_t>(begin) + segment.begin, static_cast<uint32_t>(begin) + segment.end});
      }
      from = to;
    }
  }

  std::unique_ptr<icu::BreakIterator> boundaries_;
  UText text_ = UTEXT_INITIALIZER;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WordBreaks>> WordBreaks::Create() {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> boundaries(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  icu::Normalizer2::getNFKDInstance(error);
  icu::Normalizer2::getNFKCInstance(error);
  if (U_FAILURE(error)) {
    return absl::InternalError(std::string("ICU: expected its data about words and normal forms, got ") +
                               u_errorName(error));
  }
  return std::make_unique<IcuWordBreaks>(std::move(boundaries));
}

}  // namespace voisin::encoder
