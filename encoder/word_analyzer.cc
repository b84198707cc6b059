#include "encoder/word_analyzer.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/stemmer.h"
#include "encoder/word_breaks.h"
#include "encoder/word_folding.h"

namespace voisin::encoder {
namespace {

constexpr size_t kMostBytes = 256;    // of a word: folding and stemming have a bound
constexpr size_t kKnownWords = 4096;  // 32 bytes each

// Sorted.
constexpr std::string_view kStopWords[] = {
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

// At most kMostBytes of a word, whole characters.
std::string_view Head(std::string_view word) {
  if (word.size() <= kMostBytes) return word;
  size_t size = kMostBytes;
  while (size > 0 && (static_cast<unsigned char>(word[size]) & 0xc0) == 0x80) --size;
  return word.substr(0, size);
}

class SnowballAnalyzer : public WordAnalyzer {
 public:
  SnowballAnalyzer(std::unique_ptr<WordBreaks> breaks, std::unique_ptr<Stemmer> stemmer, bool english)
      : breaks_(std::move(breaks)), stemmer_(std::move(stemmer)), english_(english) {}

  std::vector<AnalyzedWord> Analyze(std::string_view text) override {
    std::vector<AnalyzedWord> words;
    for (const ByteSpan span : Spans(text)) {
      const std::optional<uint64_t> term = KnownTermOf(WordAt(text, span));
      if (term) words.push_back({*term, span.begin, span.end});
    }
    return words;
  }

  std::vector<std::string> Forms(std::string_view text) override {
    std::vector<std::string> forms;
    for (const ByteSpan span : Spans(text)) {
      if (const auto form = FormOf(WordAt(text, span))) forms.emplace_back(*form);
    }
    return forms;
  }

 private:
  struct Known {
    uint64_t word = 0;  // hash of its bytes
    std::optional<uint64_t> term = {};
  };

  std::span<const ByteSpan> Spans(std::string_view text) {
    spans_.clear();
    breaks_->Find(text, spans_);
    return spans_;
  }

  static std::string_view WordAt(std::string_view text, ByteSpan span) {
    return Head(text.substr(span.begin, span.end - span.begin));
  }

  // Nothing of a stop word. Valid until the next call.
  std::optional<std::string_view> FormOf(std::string_view word) {
    FoldWord(word, folded_);
    if (english_ && IsEnglishStopWord(folded_)) return std::nullopt;
    return stemmer_ == nullptr ? folded_ : stemmer_->Stem(folded_);
  }

  // Texts repeat their words: those seen last are looked up. Two words of one hash would be one, as terms are.
  std::optional<uint64_t> KnownTermOf(std::string_view word) {
    const uint64_t hash = Checksum(word);
    std::optional<Known>& known = known_[hash % kKnownWords];
    if (!known || known->word != hash) {
      const auto form = FormOf(word);
      known = {hash, form ? std::optional(TermOf(*form)) : std::nullopt};
    }
    return known->term;
  }

  std::unique_ptr<WordBreaks> breaks_;
  std::unique_ptr<Stemmer> stemmer_;  // null: words stay whole
  bool english_;
  std::vector<ByteSpan> spans_;
  std::string folded_;
  std::vector<std::optional<Known>> known_ = std::vector<std::optional<Known>>(kKnownWords);
};

}  // namespace

absl::StatusOr<std::unique_ptr<WordAnalyzer>> WordAnalyzer::Create(std::string_view language) {
  ASSIGN_OR_RETURN(const std::string code, LanguageCode(language));
  ASSIGN_OR_RETURN(auto breaks, WordBreaks::Create());
  std::unique_ptr<Stemmer> stemmer;
  if (code != "none") {
    ASSIGN_OR_RETURN(stemmer, Stemmer::Create(code));
  }
  return std::make_unique<SnowballAnalyzer>(std::move(breaks), std::move(stemmer), code == "en");
}

uint64_t TermOf(std::string_view form) { return Checksum(form); }

bool IsEnglishStopWord(std::string_view form) { return std::ranges::binary_search(kStopWords, form); }

}  // namespace voisin::encoder
