#include "clients/hub/listing.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/status_macros.h"
#include "encoder/json.h"

namespace voisin::hub {
namespace {

using encoder::JsonValue;

constexpr int64_t kMostFileBytes = int64_t{1} << 50;
constexpr size_t kSha256Digits = 64;
constexpr size_t kSha1Digits = 40;

// In the folder itself, or in that of a module ("1_Pooling").
constexpr std::array<std::string_view, 15> kNames = {"config.json",       "model.safetensors",
                                                     "tokenizer.json",    "tokenizer_config.json",
                                                     "vocab.txt",         "vocab.json",
                                                     "merges.txt",        "special_tokens_map.json",
                                                     "spiece.model",      "sentencepiece.bpe.model",
                                                     "modules.json",      "sentence_bert_config.json",
                                                     "added_tokens.json", "config_sentence_transformers.json",
                                                     "tokenizer.model"};
constexpr std::string_view kIndex = "model.safetensors.index.json";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

absl::Status CheckPath(const JsonValue& value, std::string_view path) {
  bool good =
      !path.empty() && path.find('\\') == std::string_view::npos && path.find('\0') == std::string_view::npos;
  for (std::string_view rest = path; good && !rest.empty();) {
    const size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    good = !part.empty() && part != "." && part != ".." && slash + 1 != rest.size();
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  if (good) return absl::OkStatus();
  return value.Error("is \"" + std::string(path) + "\", expected a path inside the model");
}

absl::StatusOr<Digest> ReadDigest(const JsonValue& object, Digest::Kind kind) {
  ASSIGN_OR_RETURN(const JsonValue value, object.Field("oid"));
  ASSIGN_OR_RETURN(std::string hex, value.String());
  const size_t digits = kind == Digest::Kind::sha256 ? kSha256Digits : kSha1Digits;
  if (hex.size() == digits && std::ranges::all_of(hex, IsHex)) return Digest{kind, std::move(hex)};
  return value.Error("is \"" + hex + "\", expected " + std::to_string(digits) + " hexadecimal digits");
}

absl::StatusOr<HubFile> ReadFile(const JsonValue& entry) {
  HubFile file;
  ASSIGN_OR_RETURN(const JsonValue path, entry.Field("path"));
  ASSIGN_OR_RETURN(file.path, path.String());
  RETURN_IF_ERROR(CheckPath(path, file.path));
  const std::optional<JsonValue> lfs = entry.Find("lfs");
  const JsonValue content = lfs.value_or(entry);
  ASSIGN_OR_RETURN(const JsonValue size, content.Field("size"));
  ASSIGN_OR_RETURN(const int64_t bytes, size.Integer(0, kMostFileBytes));
  file.size = static_cast<uint64_t>(bytes);
  ASSIGN_OR_RETURN(file.digest, ReadDigest(content, lfs ? Digest::Kind::sha256 : Digest::Kind::git_blob));
  return file;
}

// "1_Pooling", and no folder below it.
bool IsModule(std::string_view folder) {
  const size_t digits = static_cast<size_t>(std::ranges::find_if_not(folder, IsDigit) - folder.begin());
  return digits > 0 && digits < folder.size() && folder[digits] == '_' &&
         folder.find('/') == std::string_view::npos;
}

// "model-00001-of-00003.safetensors"
bool IsShard(std::string_view path) {
  constexpr std::string_view kPattern = "model-#####-of-#####.safetensors";
  return std::ranges::equal(path, kPattern, [](char c, char p) { return p == '#' ? IsDigit(c) : c == p; });
}

bool IsWanted(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string_view::npos && !IsModule(path.substr(0, slash))) return false;
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return std::ranges::find(kNames, name) != kNames.end();
}

bool Has(const std::vector<HubFile>& files, std::string_view path) {
  return std::ranges::find(files, path, &HubFile::path) != files.end();
}

bool HasTokenizer(const std::vector<HubFile>& files) {
  constexpr std::array<std::string_view, 6> kTokenizers = {"tokenizer.json", "vocab.txt",
                                                           "vocab.json",     "sentencepiece.bpe.model",
                                                           "spiece.model",   "tokenizer.model"};
  return std::ranges::any_of(kTokenizers, [&](std::string_view name) { return Has(files, name); });
}

absl::Status NoSafetensors(const std::vector<HubFile>& files, const std::string& repository) {
  const auto is_pickle = [](const HubFile& file) {
    return file.path.starts_with("pytorch_model") && file.path.ends_with(".bin");
  };
  const auto pickle = std::ranges::find_if(files, is_pickle);
  const std::string came =
      pickle == files.end() ? "has no weights" : "has its weights only in " + pickle->path;
  return absl::FailedPreconditionError(
      repository + " " + came +
      "; voisin reads model.safetensors. Some models have it in another revision: "
      "see their pull requests on the hub, and pull " +
      repository + "@refs/pr/NUMBER");
}

}  // namespace

absl::StatusOr<std::vector<HubFile>> ParseListing(std::string_view json, const std::string& name) {
  ASSIGN_OR_RETURN(const auto document, encoder::JsonDocument::Parse(json, name));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, document->root().Elements());
  std::vector<HubFile> files;
  for (const JsonValue& entry : entries) {
    ASSIGN_OR_RETURN(const JsonValue type, entry.Field("type"));
    ASSIGN_OR_RETURN(const std::string kind, type.String());
    if (kind != "file") continue;
    ASSIGN_OR_RETURN(HubFile file, ReadFile(entry));
    files.push_back(std::move(file));
  }
  return files;
}

absl::StatusOr<std::vector<HubFile>> FilesOfEncoder(std::vector<HubFile> files,
                                                    const std::string& repository) {
  std::ranges::sort(files, {}, &HubFile::path);
  const auto twice = std::ranges::adjacent_find(files, {}, &HubFile::path);
  if (twice != files.end())
    return absl::InvalidArgumentError(repository + " lists " + twice->path + " twice");
  if (!Has(files, "config.json")) {
    return absl::FailedPreconditionError(repository + " has no config.json: it is no transformer model");
  }
  const bool whole = Has(files, "model.safetensors");
  if (!whole && !Has(files, kIndex)) return NoSafetensors(files, repository);
  if (!HasTokenizer(files)) {
    return absl::FailedPreconditionError(repository + " has no tokenizer.json and no vocabulary");
  }
  std::erase_if(files, [&](const HubFile& file) {
    if (file.path == kIndex || IsShard(file.path)) return whole;
    return !IsWanted(file.path);
  });
  return files;
}

}  // namespace voisin::hub
