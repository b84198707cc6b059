#include "encoder/layers.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "encoder/pooling.h"

namespace voisin::encoder {
namespace {

template <size_t kCount>
std::vector<std::string> Names(const LayerTensors& tensors,
                               const std::array<std::string_view, kCount>& parts) {
  std::vector<std::string> names;
  for (const std::string_view part : parts) {
    if (!part.empty()) names.push_back(tensors.Name(part));
  }
  return names;
}

}  // namespace

absl::StatusOr<SelfAttention> SelfAttention::Load(const Weights& weights, const LayerTensors& tensors,
                                                  int64_t in) {
  const bool bias = tensors.config.attention_bias;
  SelfAttention attention;
  ASSIGN_OR_RETURN(attention.query_key_value_,
                   Linear::LoadJoined(weights, Names(tensors, tensors.names.query_key_value), 3 * in, in,
                                      Activation::identity, bias));
  ASSIGN_OR_RETURN(attention.output_,
                   Linear::Load(weights, tensors.Name(tensors.names.attention_output),
                                tensors.config.hidden_size, in, Activation::identity, bias));
  attention.heads_ = tensors.config.num_attention_heads;
  const bool even = in / attention.heads_ % 2 == 0;
  if (even && weights.linear_precision() != Precision::fp32) {
    attention.bf16_ = &BestPackedKernels(Precision::bf16);
  }
  return attention;
}

void SelfAttention::AddTo(const float* x, std::span<const int32_t> cumulative,
                          const AttentionPattern& pattern, LayerScratch& scratch, float* y) const {
  const int64_t tokens = cumulative.back();
  const int64_t width = output_.in();
  float* qkv = scratch.qkv.Reserve(tokens * 3 * width);
  float* context = scratch.context.Reserve(tokens * width);
  query_key_value_.Apply(x, tokens, qkv);
  if (pattern.rotation != nullptr) pattern.rotation->RotateEach(cumulative, heads_, width, qkv);
  if (bf16_ != nullptr) {
    AttendEachBf16(*bf16_, qkv, cumulative, width, heads_, pattern, scratch.attention, context);
  } else {
    AttendEach(qkv, cumulative, width, heads_, pattern, scratch.attention, context);
  }
  output_.AddTo(context, tokens, y);
}

absl::StatusOr<FeedForward> FeedForward::Load(const Weights& weights, const LayerTensors& tensors) {
  const TransformerConfig& config = tensors.config;
  const int64_t width = config.hidden_size;
  const int64_t inner = config.intermediate_size;
  FeedForward feed_forward;
  feed_forward.activation_ = config.hidden_act;
  feed_forward.gated_ = config.gated;
  ASSIGN_OR_RETURN(
      feed_forward.intermediate_,
      Linear::LoadJoined(weights, Names(tensors, tensors.names.intermediate),
                         config.gated ? 2 * inner : inner, width,
                         config.gated ? Activation::identity : config.hidden_act, config.intermediate_bias));
  ASSIGN_OR_RETURN(feed_forward.output_, Linear::Load(weights, tensors.Name(tensors.names.output), width,
                                                      inner, Activation::identity, config.output_bias));
  return feed_forward;
}

float* FeedForward::Hidden(const float* x, int64_t rows, LayerScratch& scratch) const {
  float* hidden = scratch.hidden.Reserve(rows * intermediate_.out());
  intermediate_.Apply(x, rows, hidden);
  if (gated_) Gate(activation_, hidden, rows, output_.in());
  return hidden;
}

void FeedForward::AddTo(const float* x, int64_t rows, LayerScratch& scratch, float* y) const {
  output_.AddTo(Hidden(x, rows, scratch), rows, y);
}

void FeedForward::AddMeansTo(const float* x, std::span<const int32_t> cumulative, LayerScratch& scratch,
                             float* means) const {
  const auto texts = static_cast<int64_t>(cumulative.size()) - 1;
  const float* hidden = Hidden(x, cumulative.back(), scratch);
  float* pooled = scratch.pooled.Reserve(texts * output_.in());
  Pool(PoolingMode::mean, hidden, cumulative, output_.in(), pooled);
  output_.AddTo(pooled, texts, means);
}

absl::StatusOr<TransformerLayer> TransformerLayer::Load(const Weights& weights, const LayerTensors& tensors,
                                                        int64_t in) {
  TransformerLayer layer;
  layer.placement_ = tensors.config.norm_placement;
  layer.in_ = in;
  layer.out_ = tensors.config.hidden_size;
  if (in != layer.out_) {
    ASSIGN_OR_RETURN(layer.residual_,
                     Linear::Load(weights, tensors.Name(tensors.names.residual), layer.out_, in));
  }
  RETURN_IF_ERROR(layer.LoadNorms(weights, tensors));
  ASSIGN_OR_RETURN(layer.attention_, SelfAttention::Load(weights, tensors, in));
  ASSIGN_OR_RETURN(layer.feed_forward_, FeedForward::Load(weights, tensors));
  return layer;
}

absl::Status TransformerLayer::LoadNorms(const Weights& weights, const LayerTensors& tensors) {
  const TransformerConfig& config = tensors.config;
  const auto load = [&](std::string_view name, int64_t width) {
    return LayerNorm::Load(weights, tensors.Name(name), width, config.layer_norm_eps, config.norm_bias);
  };
  if (tensors.index > 0 || config.first_attention_norm) {
    const int64_t width = placement_ == NormPlacement::pre ? in_ : out_;
    ASSIGN_OR_RETURN(attention_norm_, load(tensors.names.attention_norm, width));
  }
  ASSIGN_OR_RETURN(feed_forward_norm_, load(tensors.names.feed_forward_norm, out_));
  return absl::OkStatus();
}

void TransformerLayer::Attend(const float* x, std::span<const int32_t> cumulative,
                              const AttentionPattern& pattern, LayerScratch& scratch, float* y) const {
  const int64_t tokens = cumulative.back();
  if (residual_.has_value()) {
    residual_->Apply(x, tokens, y);
  } else {
    std::copy_n(x, tokens * out_, y);
  }
  float* normed = scratch.normed.Reserve(tokens * std::max(in_, out_));
  const bool pre = placement_ == NormPlacement::pre && attention_norm_.has_value();
  if (pre) attention_norm_->Apply(x, tokens, normed);
  attention_.AddTo(pre ? normed : x, cumulative, pattern, scratch, y);
  if (placement_ == NormPlacement::post) attention_norm_->Apply(y, tokens, y);
}

void TransformerLayer::Forward(const float* x, std::span<const int32_t> cumulative,
                               const AttentionPattern& pattern, LayerScratch& scratch, float* y) const {
  const int64_t tokens = cumulative.back();
  Attend(x, cumulative, pattern, scratch, y);
  if (placement_ == NormPlacement::post) {
    feed_forward_.AddTo(y, tokens, scratch, y);
    feed_forward_norm_.Apply(y, tokens, y);
  } else {
    feed_forward_norm_.Apply(y, tokens, scratch.normed.data());
    feed_forward_.AddTo(scratch.normed.data(), tokens, scratch, y);
  }
}

void TransformerLayer::ForwardMeans(const float* x, std::span<const int32_t> cumulative,
                                    const AttentionPattern& pattern, LayerScratch& scratch,
                                    float* means) const {
  const int64_t tokens = cumulative.back();
  float* attended = scratch.attended.Reserve(tokens * out_);
  Attend(x, cumulative, pattern, scratch, attended);
  Pool(PoolingMode::mean, attended, cumulative, out_, means);
  feed_forward_norm_.Apply(attended, tokens, scratch.normed.data());
  feed_forward_.AddMeansTo(scratch.normed.data(), cumulative, scratch, means);
}

}  // namespace voisin::encoder
