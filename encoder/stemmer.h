#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::encoder {

// The ISO 639-1 code of a language that there is a stemmer for, from that code or its English name in any case: "en" of
// "English". "none" of "none" and of nothing. InvalidArgument names the languages that there are.
absl::StatusOr<std::string> LanguageCode(std::string_view language);

// The codes that LanguageCode gives, "none" aside, ascending.
std::vector<std::string> StemmedLanguages();

// Snowball's stemmer of a language (Porter, "Snowball: A language for stemming algorithms", 2001). The wall around
// libstemmer. One thread at a time.
class Stemmer {
 public:
  // Internal when libstemmer has none for this code.
  static absl::StatusOr<std::unique_ptr<Stemmer>> Create(const std::string& code);
  virtual ~Stemmer() = default;

  // `word` is UTF-8 in lower case. Valid until the next call.
  virtual std::string_view Stem(std::string_view word) = 0;
};

}  // namespace voisin::encoder
