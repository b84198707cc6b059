#include "encoder/stemmer.h"

#include <libstemmer.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace voisin::encoder {
namespace {

struct Language {
  std::string_view code;  // ISO 639-1
  std::string_view name;
};

// By code.
constexpr Language kLanguages[] = {
    {"ar", "arabic"},     {"ca", "catalan"},    {"da", "danish"},    {"de", "german"},   {"el", "greek"},
    {"en", "english"},    {"es", "spanish"},    {"eu", "basque"},    {"fi", "finnish"},  {"fr", "french"},
    {"ga", "irish"},      {"hi", "hindi"},      {"hu", "hungarian"}, {"hy", "armenian"}, {"id", "indonesian"},
    {"it", "italian"},    {"lt", "lithuanian"}, {"ne", "nepali"},    {"nl", "dutch"},    {"no", "norwegian"},
    {"pt", "portuguese"}, {"ro", "romanian"},   {"ru", "russian"},   {"sr", "serbian"},  {"sv", "swedish"},
    {"ta", "tamil"},      {"tr", "turkish"},    {"yi", "yiddish"}};

std::string AllNames() {
  std::string names = "none";
  for (const Language& language : kLanguages) absl::StrAppend(&names, ", ", std::string(language.code));
  return names;
}

class SnowballStemmer : public Stemmer {
 public:
  explicit SnowballStemmer(sb_stemmer* stemmer) : stemmer_(stemmer) {}
  ~SnowballStemmer() override { sb_stemmer_delete(stemmer_); }
  SnowballStemmer(const SnowballStemmer&) = delete;
  SnowballStemmer& operator=(const SnowballStemmer&) = delete;

  std::string_view Stem(std::string_view word) override {
    const sb_symbol* stem = sb_stemmer_stem(stemmer_, reinterpret_cast<const sb_symbol*>(word.data()),
                                            static_cast<int>(word.size()));
    if (stem == nullptr) return word;  // out of memory
    return {reinterpret_cast<const char*>(stem), static_cast<size_t>(sb_stemmer_length(stemmer_))};
  }

 private:
  sb_stemmer* stemmer_;  // owned
};

}  // namespace

absl::StatusOr<std::string> LanguageCode(std::string_view language) {
  const std::string lower = absl::AsciiStrToLower({language.data(), language.size()});
  if (lower.empty() || lower == "none") return "none";
  const auto* found = std::ranges::find_if(
      kLanguages, [&](const Language& known) { return known.code == lower || known.name == lower; });
  if (found != std::end(kLanguages)) return std::string(found->code);
  return absl::InvalidArgumentError(absl::StrCat("language: expected the code or the English name of one of ",
                                                 AllNames(), "; got \"", std::string(language), "\""));
}

std::vector<std::string> StemmedLanguages() {
  std::vector<std::string> codes;
  for (const Language& language : kLanguages) codes.emplace_back(language.code);
  return codes;
}

absl::StatusOr<std::unique_ptr<Stemmer>> Stemmer::Create(const std::string& code) {
  sb_stemmer* stemmer = sb_stemmer_new(code.c_str(), "UTF_8");
  if (stemmer != nullptr) return std::make_unique<SnowballStemmer>(stemmer);
  return absl::InternalError(absl::StrCat("libstemmer: expected a stemmer of \"", code, "\", got none"));
}

}  // namespace voisin::encoder
