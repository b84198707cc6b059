#include "encoder/tensor_names.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace voisin::encoder {
namespace {

// Also the names of its RoBERTa kin, but for the prefix.
constexpr TensorNames kBert = {.model_type = "bert", .prefix = "bert."};
constexpr TensorNames kRoberta = {.model_type = "roberta", .prefix = "roberta."};
constexpr TensorNames kXlmRoberta = {.model_type = "xlm-roberta", .prefix = "roberta."};
constexpr TensorNames kCamembert = {.model_type = "camembert", .prefix = "roberta."};

constexpr TensorNames kDistilbert = {
    .model_type = "distilbert",
    .prefix = "distilbert.",
    .token_type_embeddings = "",
    .layers = "transformer.layer.",
    .query_key_value = {"attention.q_lin", "attention.k_lin", "attention.v_lin"},
    .attention_output = "attention.out_lin",
    .attention_norm = "sa_layer_norm",
    .intermediate = {"ffn.lin1", ""},
    .output = "ffn.lin2",
    .feed_forward_norm = "output_layer_norm"};

constexpr TensorNames kMpnet = {
    .model_type = "mpnet",
    .prefix = "mpnet.",
    .token_type_embeddings = "",
    .relative_attention_bias = "encoder.relative_attention_bias",
    .query_key_value = {"attention.attn.q", "attention.attn.k", "attention.attn.v"},
    .attention_output = "attention.attn.o",
    .attention_norm = "attention.LayerNorm"};

constexpr TensorNames kNomic = {.model_type = "nomic_bert",
                                .prefix = "bert.",
                                .position_embeddings = "",
                                .embedding_norm = "emb_ln",
                                .layers = "encoder.layers.",
                                .query_key_value = {"attn.Wqkv", "", ""},
                                .attention_output = "attn.out_proj",
                                .attention_norm = "norm1",
                                .intermediate = {"mlp.fc12", "mlp.fc11"},
                                .output = "mlp.fc2",
                                .feed_forward_norm = "norm2"};

// Its feed-forward without a gate.
constexpr TensorNames kNomicPlain = [] {
  TensorNames names = kNomic;
  names.intermediate = {"mlp.fc1", ""};
  return names;
}();

constexpr TensorNames kModernbert = {.model_type = "modernbert",
                                     .prefix = "model.",
                                     .word_embeddings = "embeddings.tok_embeddings",
                                     .position_embeddings = "",
                                     .token_type_embeddings = "",
                                     .embedding_norm = "embeddings.norm",
                                     .final_norm = "final_norm",
                                     .layers = "layers.",
                                     .query_key_value = {"attn.Wqkv", "", ""},
                                     .attention_output = "attn.Wo",
                                     .attention_norm = "attn_norm",
                                     .intermediate = {"mlp.Wi", ""},
                                     .output = "mlp.Wo",
                                     .feed_forward_norm = "mlp_norm"};

constexpr TensorNames kUseLite = {.model_type = "use_lite",
                                  .final_norm = "encoder.final_norm",
                                  .attention_norm = "attention.norm",
                                  .residual = "attention.residual",
                                  .feed_forward_norm = "feed_forward.norm"};

constexpr const TensorNames* kTables[] = {&kBert,  &kRoberta, &kXlmRoberta, &kCamembert, &kDistilbert,
                                          &kMpnet, &kNomic,   &kModernbert, &kUseLite};

// What layer `index` of the configuration has, each with its suffix.
std::vector<std::string> TensorsOfLayer(const TensorNames& names, const TransformerConfig& config,
                                        int index) {
  std::vector<std::string> tensors;
  const auto add = [&](std::string_view name, bool bias) {
    if (name.empty()) return;
    tensors.push_back(absl::StrCat(std::string(name), ".weight"));
    if (bias) tensors.push_back(absl::StrCat(std::string(name), ".bias"));
  };
  for (const std::string_view name : names.query_key_value) add(name, config.attention_bias);
  add(names.attention_output, config.attention_bias);
  if (index > 0 || config.first_attention_norm) add(names.attention_norm, config.norm_bias);
  if (index == 0) add(names.residual, true);
  for (const std::string_view name : names.intermediate) add(name, config.intermediate_bias);
  add(names.output, config.output_bias);
  add(names.feed_forward_norm, config.norm_bias);
  return tensors;
}

bool IsComputed(std::string_view tensor) {  // tables that some versions stored
  return tensor.find("rotary_emb.") != std::string_view::npos;
}

absl::Status Unexpected(std::string_view tensor, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor \"", std::string(tensor), "\" is not expected: ", std::string(why)));
}

// `tensor` goes on after `prefix` bytes with the layer's number, a dot and the part.
absl::Status CheckLayerTensor(const TensorNames& names, const TransformerConfig& config,
                              const std::string& tensor, size_t prefix) {
  const size_t dot = std::min(tensor.find('.', prefix), tensor.size());
  int32_t index = 0;
  if (!absl::SimpleAtoi(tensor.substr(prefix, dot - prefix), &index) || index < 0)
    return Unexpected(tensor, "it belongs to no layer");
  if (index >= config.num_hidden_layers)
    return Unexpected(tensor, absl::StrCat("config.json has ", config.num_hidden_layers, " layers"));
  const std::vector<std::string> known = TensorsOfLayer(names, config, index);
  const std::string part = tensor.substr(std::min(dot + 1, tensor.size()));
  if (std::find(known.begin(), known.end(), part) != known.end()) return absl::OkStatus();
  return Unexpected(
      tensor, absl::StrCat("no layer of ", config.model_type, " as config.json describes it has this part"));
}

}  // namespace

const TensorNames* FindTensorNames(const TransformerConfig& config) {
  if (config.model_type == "nomic_bert") return config.gated ? &kNomic : &kNomicPlain;
  const auto found = std::find_if(std::begin(kTables), std::end(kTables), [&](const TensorNames* names) {
    return names->model_type == config.model_type;
  });
  return found == std::end(kTables) ? nullptr : *found;
}

std::string_view PrefixOf(const TensorNames& names, const Weights& weights) {
  const std::string words =
      absl::StrCat(std::string(names.prefix), std::string(names.word_embeddings), ".weight");
  return weights.Contains(words) ? names.prefix : std::string_view();
}

absl::Status CheckLayerTensors(const TransformerConfig& config, const Weights& weights) {
  const TensorNames* names = FindTensorNames(config);
  if (names == nullptr) return absl::OkStatus();
  const std::string layers = absl::StrCat(std::string(PrefixOf(*names, weights)), std::string(names->layers));
  for (const auto& [tensor, view] : weights.tensors()) {
    if (!tensor.starts_with(layers) || view.type == DataType::i64 || IsComputed(tensor)) continue;
    RETURN_IF_ERROR(CheckLayerTensor(*names, config, tensor, layers.size()));
  }
  return absl::OkStatus();
}

}  // namespace voisin::encoder
