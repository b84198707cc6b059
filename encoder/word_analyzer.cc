#include "encoder/word_analyzer.h"

#include <algorithm>

#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/stemmer.h"
#include "encoder/word_breaks.h"
#include "encoder/word_folding.h"

namespace voisin::encoder {
namespace {

constexpr size_t kMostBytes = 256;  // of a word: folding and stemming have a bound

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
    ForEachWord(text, [&words](ByteSpan span, std::string_view form) {
      words.push_back({TermOf(form), span.begin, span.end});
    });
    return words;
  }

  std::vector<std::string> Forms(std::string_view text) override {
    std::vector<std::string> forms;
    ForEachWord(text, [&forms](ByteSpan, std::string_view form) { forms.emplace_back(form); });
    return forms;
  }

 private:
  template <typename Emit>
  void ForEachWord(std::string_view text, Emit emit) {
    spans_.clear();
    breaks_->Find(text, spans_);
    for (const ByteSpan span : spans_) {
      FoldWord(Head(text.substr(span.begin, span.end - span.begin)), folded_);
      if (english_ && IsEnglishStopWord(folded_)) continue;
      emit(span, stemmer_ == nullptr ? folded_ : stemmer_->Stem(folded_));
    }
  }

  std::unique_ptr<WordBreaks> breaks_;
  std::unique_ptr<Stemmer> stemmer_;  // null: words stay whole
  bool english_;
  std::vector<ByteSpan> spans_;
  std::string folded_;
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
