#include "encoder/model_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "encoder/json_fields.h"
#include "encoder/module_reader.h"
#include "encoder/stemmer.h"
#include "encoder/transformer_config.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;

constexpr int32_t kMaxTokens = 1 << 30;  // larger values mean "no limit"

// The names under which sentence-transformers looks for the Transformer module's own settings.
constexpr std::array<const char*, 6> kTransformerSettings = {
    "sentence_bert_config.json",      "sentence_roberta_config.json",     "sentence_distilbert_config.json",
    "sentence_camembert_config.json", "sentence_xlm-roberta_config.json", "sentence_mpnet_config.json"};

// tokenizer_config.json's model_max_length, which may be a number like 1e30.
absl::Status ReadModelMaxLength(const fs::path& path, int32_t& length) {
  if (!fs::exists(path)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto document, ReadJson(path));
  const std::optional<JsonValue> field = document->root().Find("model_max_length");
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const double value, field->Number());
  if (!(value >= 1)) return field->Error("is out of range, expected at least 1");
  length = static_cast<int32_t>(std::min<double>(value, kMaxTokens));
  return absl::OkStatus();
}

absl::Status ReadTransformerSettings(const fs::path& model_dir, ModelConfig& config) {
  RETURN_IF_ERROR(ReadModelMaxLength(model_dir / "tokenizer_config.json", config.max_seq_length));
  for (const char* name : kTransformerSettings) {
    if (!fs::exists(model_dir / name)) continue;
    ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir / name));
    RETURN_IF_ERROR(ReadOptional(document->root(), "max_seq_length", 1, kMaxTokens, config.max_seq_length));
    return ReadOptional(document->root(), "do_lower_case", config.do_lower_case);
  }
  return absl::OkStatus();
}

absl::Status ReadPrompts(const JsonValue& object, ModelConfig& config) {
  if (const std::optional<JsonValue> prompts = object.Find("prompts")) {
    ASSIGN_OR_RETURN(const auto members, prompts->Members());
    for (const auto& [name, prompt] : members) {
      if (prompt.IsNull()) continue;
      ASSIGN_OR_RETURN(config.prompts[name], prompt.String());
    }
  }
  RETURN_IF_ERROR(ReadOptional(object, "default_prompt_name", config.default_prompt_name));
  if (config.default_prompt_name.empty() || config.prompts.contains(config.default_prompt_name))
    return absl::OkStatus();
  return object.Error(absl::StrCat("has the default_prompt_name \"", config.default_prompt_name,
                                   "\", which is not among its prompts"));
}

absl::Status ReadSentenceTransformersConfig(const fs::path& path, ModelConfig& config) {
  if (!fs::exists(path)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto document, ReadJson(path));
  RETURN_IF_ERROR(ReadPrompts(document->root(), config));
  return ReadOptional(document->root(), "similarity_fn_name", config.similarity_fn_name);
}

std::string LastComponent(const fs::path& path) {
  const fs::path normal = (path / "").lexically_normal();
  return normal.parent_path().filename().string();
}

absl::Status ReadHybrid(const JsonValue& root, const fs::path& file, ModelConfig& config) {
  RETURN_IF_ERROR(ReadOptional(root, "lexical_language", config.lexical_language));
  const absl::StatusOr<std::string> code = LanguageCode(config.lexical_language);
  if (!code.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.string(), ": lexical_", std::string(code.status().message())));
  }
  config.lexical_language = *code;
  RETURN_IF_ERROR(ReadOptional(root, "dense_weight", config.dense_weight));
  if (config.dense_weight <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      file.string(), ": dense_weight: expected a number above 0, at most 1, got ", config.dense_weight));
}

}  // namespace

absl::StatusOr<ModelConfig> LoadModelConfig(const fs::path& model_dir) {
  ModelConfig config;
  config.name = LastComponent(model_dir);
  ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir / "config.json"));
  ASSIGN_OR_RETURN(config.transformer, ReadTransformerConfig(document->root()));
  RETURN_IF_ERROR(ReadOptional(document->root(), "collapse_whitespace", config.collapse_whitespace));
  RETURN_IF_ERROR(ReadHybrid(document->root(), model_dir / "config.json", config));
  RETURN_IF_ERROR(ReadModules(model_dir, config));
  config.max_seq_length = config.transformer.max_tokens();
  RETURN_IF_ERROR(ReadTransformerSettings(model_dir, config));
  config.max_seq_length = std::min(config.max_seq_length, config.transformer.max_tokens());
  RETURN_IF_ERROR(ReadSentenceTransformersConfig(model_dir / "config_sentence_transformers.json", config));
  if (const auto own = document->root().Find("voisin")) RETURN_IF_ERROR(ReadPrompts(*own, config));
  return config;
}

std::string_view PoolingModeName(PoolingMode mode) {
  switch (mode) {
    case PoolingMode::cls:
      return "cls";
    case PoolingMode::mean:
      return "mean";
    case PoolingMode::max:
      return "max";
    case PoolingMode::last:
      return "last";
    case PoolingMode::mean_sqrt_len:
      return "mean_sqrt_len";
    case PoolingMode::weighted_mean:
      return "weighted_mean";
  }
  return "";
}

}  // namespace voisin::encoder
