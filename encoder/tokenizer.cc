#include "encoder/tokenizer.h"

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/pipeline_tokenizer.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;

// One way in which a directory holds a tokenizer. The first file decides; all that are there make the fingerprint.
struct Layout {
  std::vector<const char*> files;
  absl::StatusOr<TokenizerDefinition> (*read)(const fs::path& model_dir);
};

absl::StatusOr<TokenizerDefinition> ReadTokenizerJson(const fs::path& model_dir) {
  const fs::path path = model_dir / "tokenizer.json";
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return ParseTokenizerDefinition(file.text(), path.string());
}

absl::StatusOr<Layout> FindLayout(const fs::path& model_dir) {
  const Layout kLayouts[] = {{{"tokenizer.json"}, ReadTokenizerJson}};
  std::error_code error;
  for (const Layout& layout : kLayouts) {
    if (fs::exists(model_dir / layout.files.front(), error)) return layout;
  }
  return absl::NotFoundError(absl::StrCat((model_dir / "tokenizer.json").string(), ": no such file"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>> LoadTokenizer(const fs::path& model_dir) {
  ASSIGN_OR_RETURN(const Layout layout, FindLayout(model_dir));
  ASSIGN_OR_RETURN(TokenizerDefinition definition, layout.read(model_dir));
  return MakeTokenizer(std::move(definition));
}

absl::StatusOr<std::string> TokenizerFingerprint(const fs::path& model_dir) {
  ASSIGN_OR_RETURN(const Layout layout, FindLayout(model_dir));
  std::string prints;
  std::error_code error;
  for (const char* name : layout.files) {
    if (!fs::exists(model_dir / name, error)) continue;
    ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(model_dir / name));
    prints += Fingerprint(file.text());
  }
  return layout.files.size() == 1 ? prints : Fingerprint(prints);
}

absl::StatusOr<std::unique_ptr<Tokenizer>> ParseTokenizer(std::string_view json) {
  ASSIGN_OR_RETURN(TokenizerDefinition definition, ParseTokenizerDefinition(json, "tokenizer.json"));
  return MakeTokenizer(std::move(definition));
}

}  // namespace voisin::encoder
