#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::cli {

enum class Language { english, other };

// Words of a text as a lexical search takes them: by the word boundaries of Unicode (UAX #29), in lower case,
// compatibility forms and accents (U+0300 to U+036F) folded. English words are also reduced to their stems by the
// Snowball algorithm (snowballstem.org), and its 33 most common ones, those of Lucene's EnglishAnalyzer, are dropped.
// The wall around ICU's text boundaries and libstemmer. One thread at a time.
class WordSplitter {
 public:
  // Internal when ICU or libstemmer lack their data.
  static absl::StatusOr<std::unique_ptr<WordSplitter>> Create(Language language);
  virtual ~WordSplitter() = default;

  // `text` is UTF-8; ill-formed bytes count as a character that is no letter.
  virtual std::vector<std::string> Split(std::string_view text) = 0;
};

// English when at least a tenth of the words of the texts (the first 1,000 of them) are among its 33 most common.
absl::StatusOr<Language> GuessLanguage(std::span<const std::string> texts);

}  // namespace voisin::cli
