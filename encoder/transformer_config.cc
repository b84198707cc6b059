#include "encoder/transformer_config.h"

#include <array>
#include <cmath>
#include <utility>

#include "encoder/json_fields.h"

namespace voisin::encoder {
namespace {

// Far beyond any encoder there is; a config.json that asks for more is refused before anything is allocated.
constexpr int32_t kMaxVocabulary = 1 << 24;
constexpr int32_t kMaxWidth = 1 << 16;
constexpr int32_t kMaxIntermediate = 1 << 20;
constexpr int32_t kMaxPositions = 1 << 18;
constexpr int32_t kMaxLayers = 1024;
constexpr int32_t kMaxHeads = 1024;

// How a family's config.json names the sizes that all families have.
struct SizeNames {
  std::string_view width = "hidden_size";
  std::string_view layers = "num_hidden_layers";
  std::string_view heads = "num_attention_heads";
  std::string_view intermediate = "intermediate_size";
  std::string_view positions = "max_position_embeddings";
};

absl::Status ReadSizes(const JsonValue& root, const SizeNames& names, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadSize(root, "vocab_size", kMaxVocabulary, config.vocab_size));
  RETURN_IF_ERROR(ReadSize(root, names.width, kMaxWidth, config.hidden_size));
  RETURN_IF_ERROR(ReadSize(root, names.layers, kMaxLayers, config.num_hidden_layers));
  RETURN_IF_ERROR(ReadSize(root, names.heads, kMaxHeads, config.num_attention_heads));
  RETURN_IF_ERROR(ReadSize(root, names.intermediate, kMaxIntermediate, config.intermediate_size));
  config.embedding_size = config.hidden_size;
  return ReadSize(root, names.positions, kMaxPositions, config.max_position_embeddings);
}

// Devlin et al., 2018.
absl::Status ReadBert(const JsonValue& root, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadSizes(root, {}, config));
  RETURN_IF_ERROR(Require(root, "is_decoder", false));
  RETURN_IF_ERROR(ReadOptional(root, "type_vocab_size", 0, kMaxWidth, config.type_vocab_size));
  RETURN_IF_ERROR(ReadOptional(root, "layer_norm_eps", config.layer_norm_eps));
  RETURN_IF_ERROR(ReadOptional(root, "hidden_act", kActivationNames, config.hidden_act));
  return ReadOptional(root, "position_embedding_type", kPositionEmbeddingNames,
                      config.position_embedding_type);
}

// Positions begin after the padding token's id, which owns a row of its own.
absl::Status ReadPositionOffset(const JsonValue& root, TransformerConfig& config) {
  config.padding_id = 1;
  RETURN_IF_ERROR(ReadOptional(root, "pad_token_id", 0, kMaxVocabulary, config.padding_id));
  config.position_offset = config.padding_id + 1;
  if (config.max_tokens() >= 1) return absl::OkStatus();
  return root.Error(absl::StrCat("has max_position_embeddings ", config.max_position_embeddings,
                                 ", expected more than pad_token_id + 1 = ", config.position_offset));
}

// Liu et al., 2019, and its multilingual kin.
absl::Status ReadRoberta(const JsonValue& root, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadBert(root, config));
  return ReadPositionOffset(root, config);
}

// Song et al., 2020.
absl::Status ReadMpnet(const JsonValue& root, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadSizes(root, {}, config));
  RETURN_IF_ERROR(ReadOptional(root, "layer_norm_eps", config.layer_norm_eps));
  RETURN_IF_ERROR(ReadOptional(root, "hidden_act", kActivationNames, config.hidden_act));
  config.relative_attention_num_buckets = 32;
  RETURN_IF_ERROR(
      ReadOptional(root, "relative_attention_num_buckets", 4, 1024, config.relative_attention_num_buckets));
  return ReadPositionOffset(root, config);
}

// Sanh et al., 2019. Its positions lie in the file even where they were made from sines.
absl::Status ReadDistilbert(const JsonValue& root, TransformerConfig& config) {
  const SizeNames names = {
      .width = "dim", .layers = "n_layers", .heads = "n_heads", .intermediate = "hidden_dim"};
  RETURN_IF_ERROR(ReadSizes(root, names, config));
  return ReadOptional(root, "activation", kActivationNames, config.hidden_act);
}

// Feed-forwards of nomic_bert, gated ones first.
absl::Status ReadNomicActivation(const JsonValue& root, TransformerConfig& config) {
  ASSIGN_OR_RETURN(const JsonValue field, root.Field("activation_function"));
  ASSIGN_OR_RETURN(const std::string name, field.String());
  config.gated = name == "swiglu" || name == "geglu";
  if (!config.gated) return ReadOptional(root, "activation_function", kActivationNames, config.hidden_act);
  config.hidden_act = name == "swiglu" ? Activation::silu : Activation::gelu;
  return absl::OkStatus();
}

// Rotation beyond the trained length depends on the longest text of a batch where rotary_scaling_factor is
// set; texts up to that length do not, and longer ones are cut.
absl::Status ReadNomicPositions(const JsonValue& root, TransformerConfig& config) {
  config.position_embedding_type = PositionEmbedding::rotary;
  RETURN_IF_ERROR(ReadOptional(root, "rotary_emb_base", config.rope_theta));
  RETURN_IF_ERROR(ReadOptional(root, "rotary_emb_fraction", config.rotary_fraction));
  RETURN_IF_ERROR(Require(root, "rotary_emb_interleaved", false));
  if (root.Find("rotary_emb_scale_base")) return root.Unimplemented("sets rotary_emb_scale_base (xPos)");
  if (!root.Find("rotary_scaling_factor")) return absl::OkStatus();
  return ReadSize(root, "max_trained_positions", config.max_position_embeddings,
                  config.max_position_embeddings);
}

// What nomic_bert's code can do and no published encoder of it does.
absl::Status CheckNomic(const JsonValue& root) {
  for (const char* key : {"prenorm", "parallel_block", "use_rms_norm", "causal", "norm_mlp"}) {
    RETURN_IF_ERROR(Require(root, key, false));
  }
  RETURN_IF_ERROR(Require(root, "scale_attn_weights", true));
  RETURN_IF_ERROR(Require(root, "scale_attn_by_inverse_layer_idx", false));
  int32_t moe = 0;
  RETURN_IF_ERROR(ReadOptional(root, "moe_every_n_layers", 0, kMaxLayers, moe));
  return moe == 0 ? absl::OkStatus() : root.Unimplemented("asks for a mixture of experts");
}

// Nussbaum et al., "Nomic Embed", 2024.
absl::Status ReadNomic(const JsonValue& root, TransformerConfig& config) {
  const SizeNames names = {.width = "n_embd",
                           .layers = "n_layer",
                           .heads = "n_head",
                           .intermediate = "n_inner",
                           .positions = "n_positions"};
  RETURN_IF_ERROR(ReadSizes(root, names, config));
  RETURN_IF_ERROR(CheckNomic(root));
  int32_t multiple = 1;  // the embedding table is padded to it
  RETURN_IF_ERROR(ReadOptional(root, "pad_vocab_size_multiple", 1, kMaxVocabulary, multiple));
  config.vocab_size = (config.vocab_size + multiple - 1) / multiple * multiple;
  RETURN_IF_ERROR(ReadOptional(root, "type_vocab_size", 0, kMaxWidth, config.type_vocab_size));
  RETURN_IF_ERROR(ReadOptional(root, "layer_norm_epsilon", config.layer_norm_eps));
  RETURN_IF_ERROR(ReadOptional(root, "qkv_proj_bias", config.attention_bias));
  RETURN_IF_ERROR(ReadOptional(root, "mlp_fc1_bias", config.intermediate_bias));
  RETURN_IF_ERROR(ReadOptional(root, "mlp_fc2_bias", config.output_bias));
  RETURN_IF_ERROR(ReadNomicActivation(root, config));
  return ReadNomicPositions(root, config);
}

// Its rotations have no default here: newer files state them in another form, which must not be guessed.
absl::Status ReadModernbertPositions(const JsonValue& root, TransformerConfig& config) {
  config.position_embedding_type = PositionEmbedding::rotary;
  for (const char* key : {"global_rope_theta", "local_rope_theta"}) RETURN_IF_ERROR(root.Field(key).status());
  RETURN_IF_ERROR(ReadOptional(root, "global_rope_theta", config.rope_theta));
  RETURN_IF_ERROR(ReadOptional(root, "local_rope_theta", config.local_rope_theta));
  RETURN_IF_ERROR(ReadSize(root, "local_attention", kMaxPositions, config.local_attention));
  return ReadSize(root, "global_attn_every_n_layers", kMaxLayers, config.global_attn_every_n_layers);
}

// Warner et al., 2024.
absl::Status ReadModernbert(const JsonValue& root, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadSizes(root, {}, config));
  RETURN_IF_ERROR(ReadModernbertPositions(root, config));
  config.norm_placement = NormPlacement::pre;
  config.final_norm = true;
  config.gated = true;
  config.first_attention_norm = false;
  config.layer_norm_eps = 1e-5f;
  config.attention_bias = config.intermediate_bias = config.norm_bias = false;
  RETURN_IF_ERROR(ReadOptional(root, "norm_eps", config.layer_norm_eps));
  RETURN_IF_ERROR(ReadOptional(root, "attention_bias", config.attention_bias));
  RETURN_IF_ERROR(ReadOptional(root, "mlp_bias", config.intermediate_bias));
  RETURN_IF_ERROR(ReadOptional(root, "norm_bias", config.norm_bias));
  config.output_bias = config.intermediate_bias;
  return ReadOptional(root, "hidden_activation", kActivationNames, config.hidden_act);
}

// The form of our converted models: BERT's fields and some of our own.
absl::Status ReadUseLite(const JsonValue& root, TransformerConfig& config) {
  RETURN_IF_ERROR(ReadBert(root, config));
  RETURN_IF_ERROR(ReadOptional(root, "embedding_size", 1, kMaxWidth, config.embedding_size));
  RETURN_IF_ERROR(ReadOptional(root, "embedding_scale", config.embedding_scale));
  RETURN_IF_ERROR(ReadOptional(root, "norm_placement", kNormPlacementNames, config.norm_placement));
  RETURN_IF_ERROR(ReadOptional(root, "embedding_norm", config.embedding_norm));
  return ReadOptional(root, "final_norm", config.final_norm);
}

struct Family {
  std::string_view model_type;
  absl::Status (*read)(const JsonValue& root, TransformerConfig& config);
};
constexpr std::array<Family, 9> kFamilies = {{{"bert", ReadBert},
                                              {"camembert", ReadRoberta},
                                              {"distilbert", ReadDistilbert},
                                              {"modernbert", ReadModernbert},
                                              {"mpnet", ReadMpnet},
                                              {"nomic_bert", ReadNomic},
                                              {"roberta", ReadRoberta},
                                              {"use_lite", ReadUseLite},
                                              {"xlm-roberta", ReadRoberta}}};

absl::StatusOr<Family> FindFamily(const JsonValue& model_type) {
  ASSIGN_OR_RETURN(const std::string name, model_type.String());
  std::string known;
  for (const Family& family : kFamilies) {
    if (family.model_type == name) return family;
    absl::StrAppend(&known, known.empty() ? "" : ", ", std::string(family.model_type));
  }
  return model_type.Unimplemented(absl::StrCat("\"", name, "\" is not supported, expected one of ", known));
}

// Sines and rotations come in pairs.
absl::Status CheckPairs(const JsonValue& root, const TransformerConfig& config) {
  if (config.position_embedding_type == PositionEmbedding::sinusoidal && config.embedding_size % 2 != 0) {
    return root.Error(absl::StrCat("has embedding_size ", config.embedding_size,
                                   ", expected an even one for sinusoidal positions"));
  }
  if (config.position_embedding_type != PositionEmbedding::rotary) return absl::OkStatus();
  const int32_t head = config.hidden_size / config.num_attention_heads;
  const float rotated = static_cast<float>(head) * config.rotary_fraction;
  if (rotated <= static_cast<float>(head) && std::fmod(rotated, 2.0f) == 0) return absl::OkStatus();
  return root.Error(absl::StrCat("rotates ", rotated, " of the ", head,
                                 " numbers of an attention head, expected an even part of them"));
}

absl::Status CheckHeads(const JsonValue& root, const TransformerConfig& config) {
  const int32_t heads = config.num_attention_heads;
  if (config.hidden_size % heads == 0 && config.embedding_size % heads == 0) return CheckPairs(root, config);
  return root.Error(absl::StrCat("has hidden_size ", config.hidden_size, " and embedding_size ",
                                 config.embedding_size, ", expected multiples of num_attention_heads ",
                                 heads));
}

}  // namespace

absl::StatusOr<TransformerConfig> ReadTransformerConfig(const JsonValue& root) {
  TransformerConfig config;
  ASSIGN_OR_RETURN(const JsonValue model_type, root.Field("model_type"));
  ASSIGN_OR_RETURN(const Family family, FindFamily(model_type));
  config.model_type = family.model_type;
  RETURN_IF_ERROR(family.read(root, config));
  RETURN_IF_ERROR(CheckHeads(root, config));
  return config;
}

absl::StatusOr<TransformerConfig> ParseTransformerConfig(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(json, "config.json"));
  return ReadTransformerConfig(document->root());
}

}  // namespace voisin::encoder
