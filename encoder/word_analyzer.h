#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::encoder {

// A word of a text, as a lexical search takes it.
struct AnalyzedWord {
  uint64_t term = 0;  // XXH3-64 of the analysed form: the same in every version and on every machine
  uint32_t begin = 0;
  uint32_t end = 0;  // bytes of the text
};

// Text to terms: words by Unicode's boundaries (word_breaks.h), folded (word_folding.h), reduced to their stems by the
// Snowball stemmer of the language. Of English the 33 most common words, those of Lucene's EnglishAnalyzer, are dropped.
// Of a word of more than 256 bytes the first 256 decide. One thread at a time; word_analyzers.h is for many.
class WordAnalyzer {
 public:
  // `language` as LanguageCode (stemmer.h) takes it; "none": words stay whole. InvalidArgument: an unknown language.
  // Internal when ICU or libstemmer lack their data.
  static absl::StatusOr<std::unique_ptr<WordAnalyzer>> Create(std::string_view language);
  virtual ~WordAnalyzer() = default;

  // In the order of the text, which is UTF-8 of less than 2^31 bytes; ill-formed bytes are in no word.
  virtual std::vector<AnalyzedWord> Analyze(std::string_view text) = 0;
  // The analysed forms themselves.
  virtual std::vector<std::string> Forms(std::string_view text) = 0;
};

uint64_t TermOf(std::string_view form);

// `form` is folded and not stemmed.
bool IsEnglishStopWord(std::string_view form);

}  // namespace voisin::encoder
