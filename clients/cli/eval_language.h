#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"

namespace voisin::cli {

// The language whose words (encoder/word_analyzer.h) serve the lexical baseline best: "en" when at least a tenth of the
// words of the texts (the first 1,000 of them) are among the 33 most common of English, else "none".
absl::StatusOr<std::string> GuessLanguage(std::span<const std::string> texts);

}  // namespace voisin::cli
