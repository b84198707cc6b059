#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "encoder/word_analyzer.h"

namespace voisin::encoder {

// Analyzers of one language that callers share; there are as many as there were calls at once. Any thread.
class SharedAnalyzer {
 public:
  static absl::StatusOr<std::unique_ptr<SharedAnalyzer>> Create(std::string_view language);

  std::vector<AnalyzedWord> Analyze(std::string_view text) const;
  // "none" or an ISO 639-1 code.
  const std::string& language() const { return language_; }

 private:
  SharedAnalyzer(std::string language, std::unique_ptr<WordAnalyzer> first);
  std::unique_ptr<WordAnalyzer> Take() const;
  std::unique_ptr<WordAnalyzer> TakeIdle() const;  // null: none is idle
  std::unique_ptr<WordAnalyzer> PopIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveBack(std::unique_ptr<WordAnalyzer> analyzer) const;

  const std::string language_;
  mutable Mutex mutex_;
  mutable CondVar given_back_;
  mutable std::vector<std::unique_ptr<WordAnalyzer>> idle_ ABSL_GUARDED_BY(mutex_);
};

// The analyzers of a process, one for each language that was asked for. Any thread.
class WordAnalyzers {
 public:
  // As WordAnalyzer::Create takes and refuses it. Lives as long as this.
  absl::StatusOr<const SharedAnalyzer*> ForLanguage(std::string_view language);

 private:
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<SharedAnalyzer>> by_code_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace voisin::encoder
