#include "encoder/word_analyzers.h"

#include "base/status_macros.h"
#include "encoder/stemmer.h"

namespace voisin::encoder {

absl::StatusOr<std::unique_ptr<SharedAnalyzer>> SharedAnalyzer::Create(std::string_view language) {
  ASSIGN_OR_RETURN(std::string code, LanguageCode(language));
  ASSIGN_OR_RETURN(auto first, WordAnalyzer::Create(code));
  return std::unique_ptr<SharedAnalyzer>(new SharedAnalyzer(std::move(code), std::move(first)));
}

SharedAnalyzer::SharedAnalyzer(std::string language, std::unique_ptr<WordAnalyzer> first)
    : language_(std::move(language)) {
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(first));
}

std::vector<AnalyzedWord> SharedAnalyzer::Analyze(std::string_view text) const {
  std::unique_ptr<WordAnalyzer> analyzer = Take();
  std::vector<AnalyzedWord> words = analyzer->Analyze(text);
  GiveBack(std::move(analyzer));
  return words;
}

std::unique_ptr<WordAnalyzer> SharedAnalyzer::Take() const {
  if (auto idle = TakeIdle()) return idle;
  if (auto another = WordAnalyzer::Create(language_); another.ok()) return *std::move(another);
  const MutexLock lock(mutex_);
  while (idle_.empty()) given_back_.wait(mutex_);  // no memory for another
  return PopIdle();
}

std::unique_ptr<WordAnalyzer> SharedAnalyzer::TakeIdle() const {
  const MutexLock lock(mutex_);
  return idle_.empty() ? nullptr : PopIdle();
}

std::unique_ptr<WordAnalyzer> SharedAnalyzer::PopIdle() const {
  std::unique_ptr<WordAnalyzer> analyzer = std::move(idle_.back());
  idle_.pop_back();
  return analyzer;
}

void SharedAnalyzer::GiveBack(std::unique_ptr<WordAnalyzer> analyzer) const {
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(analyzer));
  given_back_.notify_one();
}

absl::StatusOr<const SharedAnalyzer*> WordAnalyzers::ForLanguage(std::string_view language) {
  ASSIGN_OR_RETURN(const std::string code, LanguageCode(language));
  const MutexLock lock(mutex_);
  std::unique_ptr<SharedAnalyzer>& analyzer = by_code_[code];
  if (analyzer == nullptr) {
    ASSIGN_OR_RETURN(analyzer, SharedAnalyzer::Create(code));
  }
  return analyzer.get();
}

}  // namespace voisin::encoder
