#include "encoder/sentence_breaks.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <string>

#include "base/status_macros.h"
#include "encoder/text_encoder.h"

namespace voisin::encoder {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kBullets[] = {"-", "*", "+", "#", ">", "|", "•", "·", "–"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "1. " or "12) "
bool IsNumbered(std::string_view line) {
  size_t digits = 0;
  while (digits < line.size() && IsDigit(line[digits])) ++digits;
  return digits > 0 && digits < line.size() && (line[digits] == '.' || line[digits] == ')');
}

bool BeginsAnew(std::string_view line) {
  if (line.empty() || kBlank.find(line.front()) != std::string_view::npos || IsNumbered(line)) return true;
  for (const std::string_view bullet : kBullets) {
    if (line.starts_with(bullet)) return true;
  }
  return false;
}

// `text` with spaces for the line breaks within its paragraphs, byte for byte.
std::string Unwrapped(std::string_view text) {
  std::string unwrapped(text);
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (BeginsAnew(text.substr(at + 1))) continue;
    unwrapped[at] = ' ';
    if (at > 0 && text[at - 1] == '\r') unwrapped[at - 1] = ' ';
  }
  return unwrapped;
}

// Whether no word goes on over byte `at`, in which ICU ends a sentence.
bool EndsWord(std::string_view text, int32_t at) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  UChar32 before;
  U8_PREV_OR_FFFD(bytes, 0, at, before);
  return u_isUWhiteSpace(before) || u_getIntPropertyValue(before, UCHAR_WORD_BREAK) == U_WB_OTHER;
}

void AppendTrimmed(std::string_view text, size_t begin, size_t end, std::vector<ByteSpan>& sentences) {
  const std::string_view sentence = TrimWhitespace(text.substr(begin, end - begin));
  if (sentence.empty()) return;
  const auto offset = static_cast<uint32_t>(sentence.data() - text.data());
  sentences.push_back({offset, offset + static_cast<uint32_t>(sentence.size())});
}

class IcuSentenceBreaks : public SentenceBreaks {
 public:
  explicit IcuSentenceBreaks(std::unique_ptr<icu::BreakIterator> boundaries)
      : boundaries_(std::move(boundaries)) {}
  ~IcuSentenceBreaks() override { utext_close(&text_); }
  IcuSentenceBreaks(const IcuSentenceBreaks&) = delete;
  IcuSentenceBreaks& operator=(const IcuSentenceBreaks&) = delete;

  void Find(std::string_view text, std::vector<ByteSpan>& sentences) override {
    const std::string unwrapped = Unwrapped(text);
    UErrorCode error = U_ZERO_ERROR;
    utext_openUTF8(&text_, unwrapped.data(), static_cast<int64_t>(unwrapped.size()), &error);
    boundaries_->setText(&text_, error);
    size_t from = 0;
    for (int32_t to = boundaries_->next(); to != icu::BreakIterator::DONE; to = boundaries_->next()) {
      const auto end = static_cast<size_t>(to);
      if (end < text.size() && !EndsWord(text, to)) continue;
      AppendTrimmed(text, from, end, sentences);
      from = end;
    }
  }

 private:
  std::unique_ptr<icu::BreakIterator> boundaries_;
  UText text_ = UTEXT_INITIALIZER;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SentenceBreaks>> SentenceBreaks::Create() {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> boundaries(
      icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), error));
  if (U_FAILURE(error)) {
    return absl::InternalError(std::string("ICU: expected its data about sentences, got ") +
                               u_errorName(error));
  }
  return std::make_unique<IcuSentenceBreaks>(std::move(boundaries));
}

}  // namespace voisin::encoder
