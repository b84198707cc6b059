#include "encoder/model_config.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/json.h"
#include "encoder/model_config_names.h"

namespace voisin::encoder {
namespace {

constexpr int32_t kMaxSize = 1 << 24;  // of any one dimension

absl::StatusOr<std::unique_ptr<JsonDocument>> ReadJson(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  return JsonDocument::Parse(file.text(), path.string());
}

absl::Status ReadSize(const JsonValue& object, std::string_view key, int32_t& size) {
  ASSIGN_OR_RETURN(JsonValue field, object.Field(key));
  ASSIGN_OR_RETURN(const int64_t value, field.Integer(1, kMaxSize));
  size = static_cast<int32_t>(value);
  return absl::OkStatus();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, int32_t min, int32_t& size) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t value, field->Integer(min, kMaxSize));
  size = static_cast<int32_t>(value);
  return absl::OkStatus();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, float& number) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const double value, field->Number());
  if (!(value > 0 && value < 1e6)) return field->Error("is out of range, expected above 0 and below 1e6");
  number = static_cast<float>(value);
  return absl::OkStatus();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, bool& flag) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(flag, field->Bool());
  return absl::OkStatus();
}

// Reads one of the spellings in `names`.
template <typename Enum, size_t kCount>
absl::Status ReadOptional(const JsonValue& object, std::string_view key,
                          const std::array<EnumName<Enum>, kCount>& names, Enum& value) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string spelling, field->String());
  for (const EnumName<Enum>& name : names) {
    if (name.spelling != spelling) continue;
    value = name.value;
    return absl::OkStatus();
  }
  return field->Unimplemented(absl::StrCat("\"", spelling, "\" is not supported"));
}

absl::Status ReadCommonFields(const JsonValue& root, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadSize(root, "vocab_size", config.vocab_size));
  RETURN_IF_ERROR(ReadSize(root, "hidden_size", config.hidden_size));
  RETURN_IF_ERROR(ReadSize(root, "num_hidden_layers", config.num_hidden_layers));
  RETURN_IF_ERROR(ReadSize(root, "num_attention_heads", config.num_attention_heads));
  RETURN_IF_ERROR(ReadSize(root, "intermediate_size", config.intermediate_size));
  RETURN_IF_ERROR(ReadSize(root, "max_position_embeddings", config.max_position_embeddings));
  RETURN_IF_ERROR(ReadOptional(root, "type_vocab_size", 0, config.type_vocab_size));
  RETURN_IF_ERROR(ReadOptional(root, "layer_norm_eps", config.layer_norm_eps));
  RETURN_IF_ERROR(ReadOptional(root, "hidden_act", kActivationNames, config.hidden_act));
  return ReadOptional(root, "position_embedding_type", kPositionEmbeddingNames,
                      config.position_embedding_type);
}

// The keys that only converted models use; BERT keeps their defaults.
absl::Status ReadExtraFields(const JsonValue& root, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadOptional(root, "embedding_size", 1, config.embedding_size));
  RETURN_IF_ERROR(ReadOptional(root, "embedding_scale", config.embedding_scale));
  RETURN_IF_ERROR(ReadOptional(root, "norm_placement", kNormPlacementNames, config.norm_placement));
  RETURN_IF_ERROR(ReadOptional(root, "embedding_norm", config.embedding_norm));
  return ReadOptional(root, "final_norm", config.final_norm);
}

absl::Status CheckHeads(const JsonValue& root, const TransformerConfig& config) {
  const int32_t heads = config.num_attention_heads;
  if (config.hidden_size % heads != 0 || config.embedding_size % heads != 0) {
    return root.Error(absl::StrCat("has hidden_size ", config.hidden_size, " and embedding_size ",
                                   config.embedding_size, ", expected multiples of num_attention_heads ",
                                   heads));
  }
  const bool needs_even = config.position_embedding_type == PositionEmbedding::sinusoidal;
  if (needs_even && config.embedding_size % 2 != 0) {
    return root.Error(absl::StrCat("has embedding_size ", config.embedding_size,
                                   ", expected an even one for sinusoidal positions"));
  }
  return absl::OkStatus();
}

absl::StatusOr<TransformerConfig> ReadTransformerConfig(const JsonValue& root) {
  TransformerConfig config;
  ASSIGN_OR_RETURN(JsonValue model_type, root.Field("model_type"));
  ASSIGN_OR_RETURN(config.model_type, model_type.String());
  if (config.model_type != "bert" && config.model_type != "use_lite") {
    return model_type.Unimplemented(
        absl::StrCat("\"", config.model_type, "\" is not supported, expected \"bert\" or \"use_lite\""));
  }
  RETURN_IF_ERROR(ReadCommonFields(root, config));
  config.embedding_size = config.hidden_size;
  if (config.model_type == "use_lite") RETURN_IF_ERROR(ReadExtraFields(root, config));
  RETURN_IF_ERROR(CheckHeads(root, config));
  return config;
}

absl::StatusOr<PoolingMode> ReadPooling(const JsonValue& root, int32_t width) {
  std::optional<PoolingMode> mode;
  for (const EnumName<PoolingMode>& name : kPoolingFlags) {
    bool on = false;
    RETURN_IF_ERROR(ReadOptional(root, name.spelling, on));
    if (on && mode) return root.Unimplemented("joins several pooling modes, which is not supported");
    if (on) mode = name.value;
  }
  bool weighted = false;
  RETURN_IF_ERROR(ReadOptional(root, "pooling_mode_weightedmean_tokens", weighted));
  if (weighted)
    return root.Unimplemented("asks for pooling_mode_weightedmean_tokens, which is not supported");
  if (!mode) return root.Error("sets no pooling mode");
  int32_t dimension = width;
  RETURN_IF_ERROR(ReadOptional(root, "word_embedding_dimension", 1, dimension));
  if (dimension == width) return *mode;
  return root.Error(absl::StrCat("has word_embedding_dimension ", dimension, ", expected ", width));
}

absl::StatusOr<DenseConfig> ReadDense(const JsonValue& root, std::string directory, int32_t width) {
  DenseConfig dense;
  dense.directory = std::move(directory);
  RETURN_IF_ERROR(ReadSize(root, "in_features", dense.in_features));
  RETURN_IF_ERROR(ReadSize(root, "out_features", dense.out_features));
  RETURN_IF_ERROR(ReadOptional(root, "bias", dense.bias));
  RETURN_IF_ERROR(ReadOptional(root, "activation_function", kTorchActivationNames, dense.activation));
  if (dense.in_features == width) return dense;
  return root.Error(absl::StrCat("has in_features ", dense.in_features, ", expected ", width,
                                 " as the module before gives"));
}

// One entry of modules.json.
struct Module {
  std::string type;  // "Transformer", "Pooling", ...
  std::string directory;
};

absl::StatusOr<Module> ReadModule(const JsonValue& entry) {
  Module module;
  ASSIGN_OR_RETURN(JsonValue type, entry.Field("type"));
  ASSIGN_OR_RETURN(module.type, type.String());
  module.type.erase(0, module.type.rfind('.') + 1);
  ASSIGN_OR_RETURN(JsonValue path, entry.Field("path"));
  ASSIGN_OR_RETURN(module.directory, path.String());
  const bool leaves = module.directory.find('/') != std::string::npos || module.directory.starts_with("..");
  if (leaves) return path.Error(absl::StrCat("\"", module.directory, "\" is not the name of a subdirectory"));
  return module;
}

// Reads modules.json into a ModelConfig, one module after the other.
class ModuleReader {
 public:
  ModuleReader(const std::filesystem::path& model_dir, ModelConfig& config)
      : model_dir_(model_dir), config_(config) {}

  absl::Status Read() {
    ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir_ / "modules.json"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, document->root().Elements());
    for (size_t i = 0; i < entries.size(); ++i) RETURN_IF_ERROR(ReadEntry(entries[i], i));
    if (pooled_) return absl::OkStatus();
    return document->root().Error("names no Transformer followed by a Pooling module");
  }

 private:
  absl::Status ReadEntry(const JsonValue& entry, size_t index) {
    ASSIGN_OR_RETURN(const Module module, ReadModule(entry));
    if ((index == 0) != (module.type == "Transformer"))
      return entry.Error("is out of order: Transformer goes first");
    if (index == 0) return CheckTransformer(entry, module);
    if ((index == 1) != (module.type == "Pooling"))
      return entry.Error("is out of order: Pooling goes second");
    if (config_.normalize) return entry.Unimplemented("follows a Normalize module, which is not supported");
    if (module.type == "Pooling") return AddPooling(module);
    if (module.type == "Dense") return AddDense(module);
    if (module.type != "Normalize")
      return entry.Unimplemented(absl::StrCat("is a ", module.type, " module, which is not supported"));
    config_.normalize = true;
    return absl::OkStatus();
  }

  static absl::Status CheckTransformer(const JsonValue& entry, const Module& module) {
    if (module.directory.empty()) return absl::OkStatus();
    return entry.Unimplemented("keeps the Transformer in a subdirectory, which is not supported");
  }

  absl::Status AddPooling(const Module& module) {
    ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir_ / module.directory / "config.json"));
    ASSIGN_OR_RETURN(config_.pooling, ReadPooling(document->root(), config_.transformer.hidden_size));
    pooled_ = true;
    return absl::OkStatus();
  }

  absl::Status AddDense(const Module& module) {
    ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir_ / module.directory / "config.json"));
    ASSIGN_OR_RETURN(DenseConfig dense, ReadDense(document->root(), module.directory, config_.dimensions()));
    config_.dense.push_back(std::move(dense));
    return absl::OkStatus();
  }

  const std::filesystem::path& model_dir_;
  ModelConfig& config_;
  bool pooled_ = false;
};

// max_seq_length; without the file or the field as many tokens as there are positions.
absl::Status ReadMaxSeqLength(const std::filesystem::path& path, ModelConfig& config) {
  config.max_seq_length = config.transformer.max_position_embeddings;
  if (!std::filesystem::exists(path)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto document, ReadJson(path));
  RETURN_IF_ERROR(ReadOptional(document->root(), "max_seq_length", 1, config.max_seq_length));
  const int32_t positions = config.transformer.max_position_embeddings;
  if (config.max_seq_length <= positions) return absl::OkStatus();
  return document->root().Error(absl::StrCat("has max_seq_length ", config.max_seq_length,
                                             ", expected at most max_position_embeddings ", positions));
}

std::string LastComponent(const std::filesystem::path& path) {
  const std::filesystem::path normal = (path / "").lexically_normal();
  return normal.parent_path().filename().string();
}

}  // namespace

absl::StatusOr<TransformerConfig> ParseTransformerConfig(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(json, "config.json"));
  return ReadTransformerConfig(document->root());
}

absl::StatusOr<ModelConfig> LoadModelConfig(const std::filesystem::path& model_dir) {
  ModelConfig config;
  config.name = LastComponent(model_dir);
  ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir / "config.json"));
  ASSIGN_OR_RETURN(config.transformer, ReadTransformerConfig(document->root()));
  RETURN_IF_ERROR(ReadOptional(document->root(), "collapse_whitespace", config.collapse_whitespace));
  RETURN_IF_ERROR(ModuleReader(model_dir, config).Read());
  RETURN_IF_ERROR(ReadMaxSeqLength(model_dir / "sentence_bert_config.json", config));
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
  }
  return "";
}

}  // namespace voisin::encoder
