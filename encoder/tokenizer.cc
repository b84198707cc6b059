#include "encoder/tokenizer.h"

#include <array>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/pipeline_tokenizer.h"
#include "encoder/tokenizer_families.h"
#include "encoder/tokenizer_settings.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<TokenizerDefinition> ReadTokenizerJson(const fs::path& path) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return ParseTokenizerDefinition(file.text(), path.string());
}

absl::StatusOr<TokenizerDefinition> ReadVocabTxt(const fs::path& path) {
  ASSIGN_OR_RETURN(const TokenizerSettings settings, ReadTokenizerSettings(path.parent_path()));
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return DefineWordPiece(file.text(), path.string(), settings);
}

absl::StatusOr<TokenizerDefinition> ReadVocabJson(const fs::path& path) {
  const fs::path merges_path = path.parent_path() / "merges.txt";
  ASSIGN_OR_RETURN(const TokenizerSettings settings, ReadTokenizerSettings(path.parent_path()));
  ASSIGN_OR_RETURN(const MappedFile vocab, MappedFile::Open(path));
  ASSIGN_OR_RETURN(const MappedFile merges, MappedFile::Open(merges_path));
  return DefineByteLevelBpe({vocab.text(), path.string(), merges.text(), merges_path.string()}, settings);
}

absl::StatusOr<TokenizerDefinition> ReadSentencePiece(const fs::path& path) {
  ASSIGN_OR_RETURN(const TokenizerSettings settings, ReadTokenizerSettings(path.parent_path()));
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return DefineSentencePiece(file.text(), path.string(), settings);
}

// One way in which a directory holds a tokenizer. The first file decides, and is what `read` is given.
struct Layout {
  const char* file;
  absl::StatusOr<TokenizerDefinition> (*read)(const fs::path& path);
};
constexpr std::array<Layout, 6> kLayouts = {{{"tokenizer.json", ReadTokenizerJson},
                                             {"vocab.txt", ReadVocabTxt},
                                             {"vocab.json", ReadVocabJson},
                                             {"sentencepiece.bpe.model", ReadSentencePiece},
                                             {"spiece.model", ReadSentencePiece},
                                             {"tokenizer.model", ReadSentencePiece}}};

// Heard beside a vocabulary that is no tokenizer.json.
constexpr std::array<const char*, 4> kBeside = {"merges.txt", "tokenizer_config.json",
                                                "special_tokens_map.json", "added_tokens.json"};

absl::StatusOr<Layout> FindLayout(const fs::path& model_dir) {
  std::error_code error;
  std::string names;
  for (const Layout& layout : kLayouts) {
    if (fs::exists(model_dir / layout.file, error)) return layout;
    absl::StrAppend(&names, names.empty() ? "" : ", ", layout.file);
  }
  return absl::NotFoundError(
      absl::StrCat(model_dir.string(), " has no tokenizer: none of the files ", names));
}

absl::StatusOr<std::string> FileFingerprint(const fs::path& path) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return Fingerprint(file.text());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>> LoadTokenizer(const fs::path& model_dir) {
  ASSIGN_OR_RETURN(const Layout layout, FindLayout(model_dir));
  ASSIGN_OR_RETURN(TokenizerDefinition definition, layout.read(model_dir / layout.file));
  return MakeTokenizer(std::move(definition));
}

absl::StatusOr<std::string> TokenizerFingerprint(const fs::path& model_dir) {
  ASSIGN_OR_RETURN(const Layout layout, FindLayout(model_dir));
  ASSIGN_OR_RETURN(std::string prints, FileFingerprint(model_dir / layout.file));
  if (layout.read == ReadTokenizerJson) return prints;
  std::error_code error;
  for (const char* name : kBeside) {
    if (!fs::exists(model_dir / name, error)) continue;
    ASSIGN_OR_RETURN(const std::string print, FileFingerprint(model_dir / name));
    absl::StrAppend(&prints, "\n", name, " ", print);
  }
  return Fingerprint(prints);
}

absl::StatusOr<std::unique_ptr<Tokenizer>> ParseTokenizer(std::string_view json) {
  ASSIGN_OR_RETURN(TokenizerDefinition definition, ParseTokenizerDefinition(json, "tokenizer.json"));
  return MakeTokenizer(std::move(definition));
}

}  // namespace voisin::encoder
