#include "encoder/model_config_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/json.h"
#include "encoder/model_config_names.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;

// A flat JSON object, one member a line, in the order of the calls.
class ObjectText {
 public:
  ObjectText& Add(std::string_view key, std::string_view text) { return AddRaw(key, JsonQuote(text)); }
  ObjectText& Add(std::string_view key, const char* text) { return Add(key, std::string_view(text)); }
  ObjectText& Add(std::string_view key, int32_t number) { return AddRaw(key, absl::StrCat(number)); }
  ObjectText& Add(std::string_view key, float number) { return AddRaw(key, JsonNumber(number)); }
  ObjectText& Add(std::string_view key, bool flag) { return AddRaw(key, flag ? "true" : "false"); }
  std::string Text() const { return absl::StrCat("{\n  ", absl::StrJoin(members_, ",\n  "), "\n}\n"); }

 private:
  ObjectText& AddRaw(std::string_view key, std::string value) {
    members_.push_back(absl::StrCat(JsonQuote(key), ": ", value));
    return *this;
  }
  std::vector<std::string> members_;
};

std::string ConfigText(const ModelConfig& config) {
  const TransformerConfig& transformer = config.transformer;
  return ObjectText()
      .Add("model_type", transformer.model_type)
      .Add("vocab_size", transformer.vocab_size)
      .Add("embedding_size", transformer.embedding_size)
      .Add("hidden_size", transformer.hidden_size)
      .Add("num_hidden_layers", transformer.num_hidden_layers)
      .Add("num_attention_heads", transformer.num_attention_heads)
      .Add("intermediate_size", transformer.intermediate_size)
      .Add("hidden_act", Spelling(kActivationNames, transformer.hidden_act))
      .Add("layer_norm_eps", transformer.layer_norm_eps)
      .Add("embedding_scale", transformer.embedding_scale)
      .Add("position_embedding_type", Spelling(kPositionEmbeddingNames, transformer.position_embedding_type))
      .Add("max_position_embeddings", transformer.max_position_embeddings)
      .Add("norm_placement", Spelling(kNormPlacementNames, transformer.norm_placement))
      .Add("embedding_norm", transformer.embedding_norm)
      .Add("final_norm", transformer.final_norm)
      .Add("type_vocab_size", transformer.type_vocab_size)
      .Add("collapse_whitespace", config.collapse_whitespace)
      .Add("lexical_language", config.lexical_language)
      .Add("dense_weight", config.dense_weight)
      .Text();
}

std::string PoolingText(const ModelConfig& config) {
  ObjectText text;
  text.Add("word_embedding_dimension", config.transformer.hidden_size);
  for (const EnumName<PoolingMode>& flag : kPoolingFlags) {
    const auto& modes = config.pooling;
    text.Add(flag.spelling, std::find(modes.begin(), modes.end(), flag.value) != modes.end());
  }
  return text.Text();
}

std::string DenseText(const DenseConfig& dense) {
  return ObjectText()
      .Add("in_features", dense.in_features)
      .Add("out_features", dense.out_features)
      .Add("bias", dense.bias)
      .Add("activation_function", Spelling(kTorchActivationNames, dense.activation))
      .Text();
}

// The directory and type of every module, in order.
std::vector<std::pair<std::string, std::string>> Modules(const ModelConfig& config) {
  std::vector<std::pair<std::string, std::string>> modules = {{"", "Transformer"}, {"1_Pooling", "Pooling"}};
  for (const DenseConfig& dense : config.dense) modules.emplace_back(dense.directory, "Dense");
  if (config.normalize) modules.emplace_back(absl::StrCat(modules.size(), "_Normalize"), "Normalize");
  return modules;
}

std::string ModulesText(const ModelConfig& config) {
  std::vector<std::string> entries;
  for (const auto& [directory, type] : Modules(config)) {
    const int32_t index = static_cast<int32_t>(entries.size());
    entries.push_back(ObjectText()
                          .Add("idx", index)
                          .Add("name", absl::StrCat(index))
                          .Add("path", directory)
                          .Add("type", absl::StrCat("sentence_transformers.models.", type))
                          .Text());
  }
  return absl::StrCat("[\n", absl::StrJoin(entries, ","), "]\n");
}

absl::Status MakeDirectory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("create directory ", path.string()));
}

}  // namespace

absl::Status WriteModelConfig(const ModelConfig& config, const fs::path& model_dir) {
  for (const auto& [directory, type] : Modules(config)) RETURN_IF_ERROR(MakeDirectory(model_dir / directory));
  RETURN_IF_ERROR(WriteFileAtomically(model_dir / "config.json", ConfigText(config)));
  RETURN_IF_ERROR(WriteFileAtomically(model_dir / "modules.json", ModulesText(config)));
  RETURN_IF_ERROR(WriteFileAtomically(model_dir / "sentence_bert_config.json",
                                      ObjectText()
                                          .Add("max_seq_length", config.max_seq_length)
                                          .Add("do_lower_case", config.do_lower_case)
                                          .Text()));
  RETURN_IF_ERROR(WriteFileAtomically(model_dir / "1_Pooling" / "config.json", PoolingText(config)));
  for (const DenseConfig& dense : config.dense) {
    RETURN_IF_ERROR(WriteFileAtomically(model_dir / dense.directory / "config.json", DenseText(dense)));
  }
  return absl::OkStatus();
}

}  // namespace voisin::encoder
