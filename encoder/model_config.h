#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::encoder {

enum class PoolingMode { cls, mean, max, last, mean_sqrt_len };
enum class Activation { identity, relu, gelu, gelu_tanh, tanh };
enum class PositionEmbedding { none, absolute, sinusoidal };
enum class NormPlacement { post, pre };

// config.json of a transformer encoder, field names as there. Keys that only our converted models use stand
// in config.json too and are documented in docs/formats.md.
struct TransformerConfig {
  std::string model_type;      // "bert", "use_lite", ...
  int32_t vocab_size = 0;      // rows of the embedding table
  int32_t embedding_size = 0;  // width of the embedding; hidden_size where config.json names none
  int32_t hidden_size = 0;     // width after the first layer
  int32_t num_hidden_layers = 0;
  int32_t num_attention_heads = 0;
  int32_t intermediate_size = 0;        // feed-forward width
  int32_t max_position_embeddings = 0;  // tokens; rows of the position table when absolute
  int32_t type_vocab_size = 0;          // 0: no token types
  float layer_norm_eps = 1e-12f;
  float embedding_scale = 1.0f;  // multiplies the token embedding before positions are added
  Activation hidden_act = Activation::gelu;
  PositionEmbedding position_embedding_type = PositionEmbedding::absolute;
  NormPlacement norm_placement = NormPlacement::post;
  bool embedding_norm = true;  // layer norm after the embeddings
  bool final_norm = false;     // layer norm after the last layer
};

// One 2_Dense module: y = activation(x W^T + b).
struct DenseConfig {
  std::string directory;  // below the model directory; its model.safetensors holds linear.weight, linear.bias
  int32_t in_features = 0;
  int32_t out_features = 0;
  bool bias = true;
  Activation activation = Activation::tanh;
};

// A model directory in the sentence-transformers layout: config.json, modules.json, N_Pooling/config.json,
// N_Dense/config.json, N_Normalize, sentence_bert_config.json (max_seq_length).
struct ModelConfig {
  std::string name;  // last component of the directory
  TransformerConfig transformer;
  PoolingMode pooling = PoolingMode::mean;
  std::vector<DenseConfig> dense;
  bool normalize = false;
  int32_t max_seq_length = 0;  // tokens, special ones included
  // Served texts: every run of Unicode white space becomes one space, ends trimmed.
  bool collapse_whitespace = false;
  int32_t dimensions() const { return dense.empty() ? transformer.hidden_size : dense.back().out_features; }
};

// Every error names the file and the field.
absl::StatusOr<ModelConfig> LoadModelConfig(const std::filesystem::path& model_dir);
absl::StatusOr<TransformerConfig> ParseTransformerConfig(std::string_view json);

std::string_view PoolingModeName(PoolingMode mode);

}  // namespace voisin::encoder
