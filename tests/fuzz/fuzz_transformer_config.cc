// Any bytes as a config.json: an error, or a transformer whose sizes fit each other.
#include <cstdint>

#include "encoder/model_config.h"
#include "tests/fuzz/require.h"

namespace {

using voisin::encoder::PositionEmbedding;
using voisin::encoder::TransformerConfig;
using voisin::fuzz::Require;

void CheckSizes(const TransformerConfig& config) {
  Require(config.vocab_size > 0 && config.embedding_size > 0 && config.hidden_size > 0);
  Require(config.num_hidden_layers > 0 && config.num_attention_heads > 0 && config.intermediate_size > 0);
  Require(config.max_tokens() > 0 && config.type_vocab_size >= 0 && config.padding_id >= -1);
  Require(config.hidden_size % config.num_attention_heads == 0);
  Require(config.embedding_size % config.num_attention_heads == 0);
  Require(config.global_attn_every_n_layers > 0 && config.local_attention >= 0);
}

void CheckNumbers(const TransformerConfig& config) {
  Require(config.layer_norm_eps > 0 && config.embedding_scale > 0);
  Require(config.rope_theta > 0 && config.local_rope_theta > 0);
  if (config.position_embedding_type == PositionEmbedding::rotary) {
    Require(config.rotary_fraction > 0 && config.rotary_fraction <= 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = voisin::encoder::ParseTransformerConfig({reinterpret_cast<const char*>(data), size});
  if (voisin::fuzz::Refused(config.status())) return 0;
  CheckSizes(*config);
  CheckNumbers(*config);
  return 0;
}
