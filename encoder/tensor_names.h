#pragma once

#include <array>
#include <string_view>

#include "encoder/model_config.h"
#include "encoder/weights.h"

namespace voisin::encoder {

// How the files of one model family name their tensors. A map or a norm called x has the tensors x.weight and
// x.bias. An empty name: the family has no such tensor.
struct TensorNames {
  std::string_view model_type;
  std::string_view prefix = {};  // may stand before every name, as task heads write it
  std::string_view word_embeddings = "embeddings.word_embeddings";
  std::string_view position_embeddings = "embeddings.position_embeddings";
  std::string_view token_type_embeddings = "embeddings.token_type_embeddings";
  std::string_view embedding_norm = "embeddings.LayerNorm";
  std::string_view relative_attention_bias = {};
  std::string_view final_norm = {};

  // Layer 7 begins with `layers`7. and goes on with one of these.
  std::string_view layers = "encoder.layer.";
  std::array<std::string_view, 3> query_key_value = {"attention.self.query", "attention.self.key",
                                                     "attention.self.value"};  // one name: fused
  std::string_view attention_output = "attention.output.dense";
  std::string_view attention_norm = "attention.output.LayerNorm";
  std::string_view residual = {};                                             // projects the input of layer 0
  std::array<std::string_view, 2> intermediate = {"intermediate.dense", ""};  // gated: gate first, or fused
  std::string_view output = "output.dense";
  std::string_view feed_forward_norm = "output.LayerNorm";
};

// Null for a family that has no table.
const TensorNames* FindTensorNames(const TransformerConfig& config);

// The prefix that `weights` use: names.prefix or none.
std::string_view PrefixOf(const TensorNames& names, const Weights& weights);

// Refuses a tensor of floats inside the layers that a model of this family and configuration does not have: a
// layer too many, a bias where config.json says there is none, an unknown part. What lies outside the layers
// (poolers, task heads) is not ours and ignored.
absl::Status CheckLayerTensors(const TransformerConfig& config, const Weights& weights);

}  // namespace voisin::encoder
