#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::encoder {

enum class PoolingMode { cls, mean, max, last, mean_sqrt_len, weighted_mean };
enum class Activation { identity, relu, gelu, gelu_tanh, tanh, silu };
enum class PositionEmbedding { none, absolute, sinusoidal, rotary };
enum class NormPlacement { post, pre };

// config.json of a transformer encoder, field names as BERT has them; families that name or mean a field
// otherwise are translated. Keys that only our converted models use stand in config.json too and are
// documented in docs/formats.md.
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

  // Absolute positions: the n-th token that is not padding_id takes row position_offset + n of the table, a
  // token padding_id takes row padding_id (RoBERTa, MPNet; there position_offset is padding_id + 1).
  int32_t position_offset = 0;
  int32_t padding_id = -1;                     // -1: every token counts
  int32_t relative_attention_num_buckets = 0;  // MPNet; 0: no relative bias

  // Rotary positions (Su et al., "RoFormer", 2021): the first rotary_fraction of each head, halves paired.
  float rotary_fraction = 1.0f;
  float rope_theta = 10000.0f;
  float local_rope_theta = 10000.0f;  // of the local layers

  // Layer i attends to all tokens where i is a multiple of global_attn_every_n_layers, elsewhere to those at
  // most local_attention / 2 away (ModernBERT).
  int32_t local_attention = 0;
  int32_t global_attn_every_n_layers = 1;

  bool gated = false;  // feed-forward: activation(x A) * (x B), then the output map (Shazeer, 2020)
  bool attention_bias = true;
  bool intermediate_bias = true;
  bool output_bias = true;  // of the feed-forward's second map
  bool norm_bias = true;
  bool first_attention_norm = true;  // false: layer 0 attends to its input as it is (ModernBERT)

  // The longest text, in tokens, that has a position for each.
  int32_t max_tokens() const { return max_position_embeddings - position_offset; }
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
// N_Dense/config.json, N_Normalize, sentence_bert_config.json, config_sentence_transformers.json. Without
// modules.json the pooling is mean, as sentence-transformers has it.
struct ModelConfig {
  std::string name;  // last component of the directory
  TransformerConfig transformer;
  std::vector<PoolingMode> pooling = {PoolingMode::mean};  // joined side by side, in this order
  bool include_prompt = true;                              // false: pooling leaves the prompt's tokens out
  std::vector<DenseConfig> dense;
  bool normalize = false;
  int32_t max_seq_length = 0;  // tokens, special ones included; at most transformer.max_tokens()
  // Served texts: every run of Unicode white space becomes one space, ends trimmed.
  bool collapse_whitespace = false;
  bool do_lower_case = false;                  // texts are lower-cased before the tokenizer sees them
  std::map<std::string, std::string> prompts;  // name -> what goes before a text
  std::string default_prompt_name;             // empty: none
  std::string similarity_fn_name;              // "cosine", "dot", ...; empty where the directory says nothing
  // Of hybrid search; neither decides a vector.
  std::string lexical_language = "none";  // of its texts, as LanguageCode (stemmer.h) gives it
  float dense_weight = 0.5f;              // above 0, at most 1; lexical scores have the rest

  int32_t pooled_size() const { return transformer.hidden_size * static_cast<int32_t>(pooling.size()); }
  int32_t dimensions() const { return dense.empty() ? pooled_size() : dense.back().out_features; }
};

// Every error names the file and the field.
absl::StatusOr<ModelConfig> LoadModelConfig(const std::filesystem::path& model_dir);
absl::StatusOr<TransformerConfig> ParseTransformerConfig(std::string_view json);

std::string_view PoolingModeName(PoolingMode mode);

}  // namespace voisin::encoder
