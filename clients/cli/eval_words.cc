#include "clients/cli/eval_words.h"

#include <libstemmer.h>
#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/status_macros.h"

namespace voisin::cli {
namespace {

constexpr size_t kTextsToGuess = 1000;
constexpr double kEnglishShare = 0.1;

// Sorted.
constexpr std::string_view kStopWords[] = {
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

bool IsStopWord(std::string_view word) { return std::ranges::binary_search(kStopWords, word); }

struct StemmerDeleter {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};
using Stemmer = std::unique_ptr<sb_stemmer, StemmerDeleter>;

bool IsAccent(char16_t unit) { return unit >= 0x0300 && unit <= 0x036f; }

class IcuWordSplitter : public WordSplitter {
 public:
  IcuWordSplitter(std::unique_ptr<icu::BreakIterator> boundaries, Stemmer stemmer)
      : boundaries_(std::move(boundaries)), stemmer_(std::move(stemmer)) {}

  std::vector<std::string> Split(std::string_view text) override {
    const icu::UnicodeString folded = Fold(text);
    boundaries_->setText(folded);
    std::vector<std::string> words;
    int32_t begin = boundaries_->first();
    for (int32_t end = boundaries_->next(); end != icu::BreakIterator::DONE; end = boundaries_->next()) {
      if (boundaries_->getRuleStatus() >= UBRK_WORD_NUMBER)
        AddWord(folded.tempSubStringBetween(begin, end), words);
      begin = end;
    }
    return words;
  }

 private:
  static icu::UnicodeString Fold(std::string_view text) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::UnicodeString apart = icu::Normalizer2::getNFKDInstance(error)->normalize(
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))),
        error);
    icu::UnicodeString bare;
    for (int32_t i = 0; i < apart.length(); ++i) {
      const char16_t unit = apart[i];
      if (!IsAccent(unit))
        bare.append(unit == u'\u2019' ? u'\'' : unit);  // Snowball knows the plain apostrophe
    }
    bare.toLower(icu::Locale::getRoot());
    return icu::Normalizer2::getNFKCInstance(error)->normalize(bare, error);
  }

  void AddWord(const icu::UnicodeString& found, std::vector<std::string>& words) {
    std::string word;
    found.toUTF8String(word);
    if (stemmer_ == nullptr) {
      words.push_back(std::move(word));
    } else if (!IsStopWord(word)) {
      words.push_back(Stem(word));
    }
  }

  std::string Stem(const std::string& word) {
    const sb_symbol* stem = sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                                            static_cast<int>(word.size()));
    if (stem == nullptr) return word;  // out of memory
    return {reinterpret_cast<const char*>(stem), static_cast<size_t>(sb_stemmer_length(stemmer_.get()))};
  }

  std::unique_ptr<icu::BreakIterator> boundaries_;
  Stemmer stemmer_;  // null: words stay whole
};

absl::Status CheckIcu(UErrorCode error) {
  if (U_SUCCESS(error)) return absl::OkStatus();
  return absl::InternalError(std::string("ICU: expected its data about words, got ") + u_errorName(error));
}

}  // namespace

absl::StatusOr<std::unique_ptr<WordSplitter>> WordSplitter::Create(Language language) {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> boundaries(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  icu::Normalizer2::getNFKDInstance(error);
  icu::Normalizer2::getNFKCInstance(error);
  RETURN_IF_ERROR(CheckIcu(error));
  Stemmer stemmer(language == Language::english ? sb_stemmer_new("english", "UTF_8") : nullptr);
  if (language == Language::english && stemmer == nullptr) {
    return absl::InternalError("libstemmer: expected its English stemmer, got none");
  }
  return std::make_unique<IcuWordSplitter>(std::move(boundaries), std::move(stemmer));
}

absl::StatusOr<Language> GuessLanguage(std::span<const std::string> texts) {
  ASSIGN_OR_RETURN(const auto splitter, WordSplitter::Create(Language::other));
  size_t words = 0;
  size_t common = 0;
  for (const std::string& text : texts.first(std::min(kTextsToGuess, texts.size()))) {
    const std::vector<std::string> split = splitter->Split(text);
    words += split.size();
    common += static_cast<size_t>(std::ranges::count_if(split, IsStopWord));
  }
  const bool english = words > 0 && static_cast<double>(common) >= kEnglishShare * static_cast<double>(words);
  return english ? Language::english : Language::other;
}

}  // namespace voisin::cli
