#include "encoder/tokenizer_settings.h"

#include <array>
#include <charconv>
#include <utility>

#include "encoder/vocabulary_parts.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 7> kRoles = {"bos_token", "eos_token", "unk_token", "sep_token",
                                               "pad_token", "cls_token", "mask_token"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kClassOfModelType = {
    {{"bert", "BertTokenizer"},
     {"camembert", "CamembertTokenizer"},
     {"distilbert", "DistilBertTokenizer"},
     {"mpnet", "MPNetTokenizer"},
     {"nomic_bert", "BertTokenizer"},
     {"roberta", "RobertaTokenizer"},
     {"xlm-roberta", "XLMRobertaTokenizer"}}};

// A string, or an object with content and flags.
absl::StatusOr<AddedToken> ReadToken(const JsonValue& value) {
  AddedToken token;
  if (value.String().ok()) {
    ASSIGN_OR_RETURN(token.content, ReadPieceText(value));
  } else {
    ASSIGN_OR_RETURN(token, ReadTokenContent(value));
  }
  token.id = -1;
  return token;
}

absl::Status ReadSpecialTokens(const JsonValue& root, TokenizerSettings& settings) {
  for (const char* role : kRoles) {
    const std::optional<JsonValue> field = root.Find(role);
    if (!field) continue;
    ASSIGN_OR_RETURN(settings.special_tokens[role], ReadToken(*field));
  }
  if (const auto mask = root.Find("mask_token")) settings.mask_has_flags = !mask->String().ok();
  const std::optional<JsonValue> more = root.Find("additional_special_tokens");
  if (!more) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, more->Elements());
  for (const JsonValue& entry : entries) {
    ASSIGN_OR_RETURN(AddedToken token, ReadToken(entry));
    settings.added_tokens.push_back(std::move(token));
  }
  return absl::OkStatus();
}

// {"103": {"content": "[MASK]", ...}}
absl::Status ReadDecoder(const JsonValue& decoder, TokenizerSettings& settings) {
  ASSIGN_OR_RETURN(const auto members, decoder.Members());
  for (const auto& [key, value] : members) {
    ASSIGN_OR_RETURN(AddedToken token, ReadTokenContent(value));
    const auto read = std::from_chars(key.data(), key.data() + key.size(), token.id);
    const bool is_id = read.ec == std::errc() && read.ptr == key.data() + key.size();
    if (!is_id || token.id < 0 || token.id >= kMaxTokens)
      return decoder.Error(absl::StrCat("has the key \"", key, "\", expected a token id"));
    settings.added_tokens.push_back(std::move(token));
  }
  return absl::OkStatus();
}

// {"[NEW]": 30522}
absl::Status ReadAddedTokensJson(const JsonValue& root, TokenizerSettings& settings) {
  ASSIGN_OR_RETURN(const auto members, root.Members());
  for (const auto& [content, value] : members) {
    AddedToken token;
    ASSIGN_OR_RETURN(const int64_t id, value.Integer(0, kMaxTokens - 1));
    token.id = static_cast<int32_t>(id);
    token.content = content;
    settings.added_tokens.push_back(std::move(token));
  }
  return absl::OkStatus();
}

absl::Status ReadConfig(const JsonValue& root, TokenizerSettings& settings) {
  RETURN_IF_ERROR(ReadOptional(root, "tokenizer_class", settings.tokenizer_class));
  if (settings.tokenizer_class.ends_with("Fast"))
    settings.tokenizer_class.resize(settings.tokenizer_class.size() - 4);
  RETURN_IF_ERROR(ReadOptional(root, "do_lower_case", settings.do_lower_case));
  RETURN_IF_ERROR(ReadOptional(root, "tokenize_chinese_chars", settings.tokenize_chinese_chars));
  RETURN_IF_ERROR(ReadOptional(root, "add_prefix_space", settings.add_prefix_space));
  RETURN_IF_ERROR(Require(root, "do_basic_tokenize", true));
  if (const auto strip = root.Find("strip_accents")) {
    ASSIGN_OR_RETURN(settings.strip_accents, strip->Bool());
  }
  if (const auto sampling = root.Find("sp_model_kwargs")) {
    ASSIGN_OR_RETURN(const auto members, sampling->Members());
    if (!members.empty()) return sampling->Unimplemented("is not empty, which is not supported");
  }
  RETURN_IF_ERROR(ReadSpecialTokens(root, settings));
  const std::optional<JsonValue> decoder = root.Find("added_tokens_decoder");
  return decoder ? ReadDecoder(*decoder, settings) : absl::OkStatus();
}

using Reader = absl::Status (*)(const JsonValue& root, TokenizerSettings& settings);

// Leaves `settings` as they are where there is no such file.
absl::Status ReadIfThere(const fs::path& path, Reader read, TokenizerSettings& settings) {
  std::error_code error;
  if (!fs::exists(path, error)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto document, ReadJson(path));
  return read(document->root(), settings);
}

absl::Status ReadModelType(const JsonValue& root, TokenizerSettings& settings) {
  std::string model_type;
  RETURN_IF_ERROR(ReadOptional(root, "model_type", model_type));
  for (const auto& [type, tokenizer_class] : kClassOfModelType) {
    if (type == model_type) settings.tokenizer_class = tokenizer_class;
  }
  return absl::OkStatus();
}

bool HasIds(const TokenizerSettings& settings) {
  for (const AddedToken& token : settings.added_tokens) {
    if (token.id >= 0) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<TokenizerSettings> ReadTokenizerSettings(const fs::path& model_dir) {
  TokenizerSettings settings;
  RETURN_IF_ERROR(ReadIfThere(model_dir / "tokenizer_config.json", ReadConfig, settings));
  if (!HasIds(settings)) {
    RETURN_IF_ERROR(ReadIfThere(model_dir / "special_tokens_map.json", ReadSpecialTokens, settings));
    RETURN_IF_ERROR(ReadIfThere(model_dir / "added_tokens.json", ReadAddedTokensJson, settings));
  }
  if (settings.tokenizer_class.empty())
    RETURN_IF_ERROR(ReadIfThere(model_dir / "config.json", ReadModelType, settings));
  return settings;
}

absl::StatusOr<TokenizerSettings> ParseTokenizerConfig(std::string_view json, std::string name) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(json, std::move(name)));
  TokenizerSettings settings;
  RETURN_IF_ERROR(ReadConfig(document->root(), settings));
  return settings;
}

}  // namespace voisin::encoder
