#include "encoder/tokenizer.h"

#include <utility>

#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/unigram_tokenizer.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {
namespace {

absl::StatusOr<std::unique_ptr<Tokenizer>> Parse(std::string_view json, std::string name) {
  ASSIGN_OR_RETURN(TokenizerDefinition definition, ParseTokenizerDefinition(json, std::move(name)));
  return MakeUnigramTokenizer(std::move(definition));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::filesystem::path& tokenizer_json) {
  ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(tokenizer_json));
  return Parse(file.text(), tokenizer_json.string());
}

absl::StatusOr<std::unique_ptr<Tokenizer>> ParseTokenizer(std::string_view json) {
  return Parse(json, "tokenizer.json");
}

}  // namespace voisin::encoder
