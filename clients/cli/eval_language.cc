#include "clients/cli/eval_language.h"

#include <algorithm>

#include "base/status_macros.h"
#include "encoder/word_analyzer.h"

namespace voisin::cli {
namespace {

constexpr size_t kTextsToGuess = 1000;
constexpr double kEnglishShare = 0.1;

}  // namespace

absl::StatusOr<std::string> GuessLanguage(std::span<const std::string> texts) {
  ASSIGN_OR_RETURN(const auto analyzer, encoder::WordAnalyzer::Create("none"));
  size_t words = 0;
  size_t common = 0;
  for (const std::string& text : texts.first(std::min(kTextsToGuess, texts.size()))) {
    const std::vector<std::string> forms = analyzer->Forms(text);
    words += forms.size();
    common += static_cast<size_t>(std::ranges::count_if(forms, encoder::IsEnglishStopWord));
  }
  const bool english = words > 0 && static_cast<double>(common) >= kEnglishShare * static_cast<double>(words);
  return english ? "en" : "none";
}

}  // namespace voisin::cli
