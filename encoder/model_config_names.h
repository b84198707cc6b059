#pragma once

#include <array>
#include <string_view>

#include "encoder/model_config.h"

namespace voisin::encoder {

// How the files of a model directory spell our enumerators. The first spelling of a value is the one we
// write.
template <typename Enum>
struct EnumName {
  std::string_view spelling;
  Enum value;
};

// config.json: hidden_act.
inline constexpr std::array<EnumName<Activation>, 9> kActivationNames = {{
    {"gelu", Activation::gelu},
    {"relu", Activation::relu},
    {"gelu_new", Activation::gelu_tanh},
    {"gelu_pytorch_tanh", Activation::gelu_tanh},
    {"gelu_fast", Activation::gelu_tanh},
    {"tanh", Activation::tanh},
    {"silu", Activation::silu},
    {"swish", Activation::silu},
    {"linear", Activation::identity},
}};

// config.json: position_embedding_type.
inline constexpr std::array<EnumName<PositionEmbedding>, 3> kPositionEmbeddingNames = {{
    {"absolute", PositionEmbedding::absolute},
    {"sinusoidal", PositionEmbedding::sinusoidal},
    {"none", PositionEmbedding::none},
}};

// config.json: norm_placement.
inline constexpr std::array<EnumName<NormPlacement>, 2> kNormPlacementNames = {{
    {"post", NormPlacement::post},
    {"pre", NormPlacement::pre},
}};

// N_Dense/config.json: activation_function.
inline constexpr std::array<EnumName<Activation>, 5> kTorchActivationNames = {{
    {"torch.nn.modules.activation.Tanh", Activation::tanh},
    {"torch.nn.modules.linear.Identity", Activation::identity},
    {"torch.nn.modules.activation.ReLU", Activation::relu},
    {"torch.nn.modules.activation.GELU", Activation::gelu},
    {"torch.nn.modules.activation.SiLU", Activation::silu},
}};

// N_Pooling/config.json: the flags that are true, in the order in which sentence-transformers joins them.
inline constexpr std::array<EnumName<PoolingMode>, 6> kPoolingFlags = {{
    {"pooling_mode_cls_token", PoolingMode::cls},
    {"pooling_mode_max_tokens", PoolingMode::max},
    {"pooling_mode_mean_tokens", PoolingMode::mean},
    {"pooling_mode_mean_sqrt_len_tokens", PoolingMode::mean_sqrt_len},
    {"pooling_mode_weightedmean_tokens", PoolingMode::weighted_mean},
    {"pooling_mode_lasttoken", PoolingMode::last},
}};

// Empty when `names` does not have `value`.
template <typename Enum, size_t kCount>
constexpr std::string_view Spelling(const std::array<EnumName<Enum>, kCount>& names, Enum value) {
  for (const EnumName<Enum>& name : names) {
    if (name.value == value) return name.spelling;
  }
  return {};
}

}  // namespace voisin::encoder
