#include "encoder/layers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "encoder/pooling.h"

namespace voisin::encoder {
namespace {

void Append(std::vector<float>& all, const std::vector<float>& part) {
  all.insert(all.end(), part.begin(), part.end());
}

// Query, key and value as one map of three times the width.
absl::StatusOr<Linear> LoadQueryKeyValue(const Weights& weights, const std::string& name, int64_t width) {
  const int64_t weight_shape[] = {width, width};
  const int64_t bias_shape[] = {width};
  std::vector<float> weight;
  std::vector<float> bias;
  for (const char* part : {".query", ".key", ".value"}) {
    ASSIGN_OR_RETURN(const std::vector<float> w, weights.Floats(name + part + ".weight", weight_shape));
    ASSIGN_OR_RETURN(const std::vector<float> b, weights.Floats(name + part + ".bias", bias_shape));
    Append(weight, w);
    Append(bias, b);
  }
  return Linear(weight, std::move(bias), 3 * width, width, Activation::identity);
}

}  // namespace

absl::StatusOr<SelfAttention> SelfAttention::Load(const Weights& weights, const std::string& name, int64_t in,
                                                  int64_t out, int64_t heads) {
  SelfAttention attention;
  ASSIGN_OR_RETURN(attention.query_key_value_, LoadQueryKeyValue(weights, name + ".self", in));
  ASSIGN_OR_RETURN(attention.output_, Linear::Load(weights, name + ".output.dense", out, in));
  attention.heads_ = heads;
  return attention;
}

void SelfAttention::AddTo(const float* x, std::span<const int32_t> cumulative, LayerScratch& scratch,
                          float* y) const {
  const int64_t tokens = cumulative.back();
  const int64_t width = output_.in();
  float* qkv = scratch.qkv.Reserve(tokens * 3 * width);
  float* context = scratch.context.Reserve(tokens * width);
  query_key_value_.Apply(x, tokens, qkv);
  AttendEach(qkv, cumulative, width, heads_, scratch.attention, context);
  output_.AddTo(context, tokens, y);
}

absl::StatusOr<FeedForward> FeedForward::Load(const Weights& weights, const std::string& name, int64_t width,
                                              int64_t intermediate, Activation activation) {
  FeedForward feed_forward;
  ASSIGN_OR_RETURN(feed_forward.intermediate_,
                   Linear::Load(weights, name + ".intermediate.dense", intermediate, width, activation));
  ASSIGN_OR_RETURN(feed_forward.output_, Linear::Load(weights, name + ".output.dense", width, intermediate));
  return feed_forward;
}

void FeedForward::AddTo(const float* x, int64_t rows, LayerScratch& scratch, float* y) const {
  float* hidden = scratch.hidden.Reserve(rows * intermediate_.out());
  intermediate_.Apply(x, rows, hidden);
  output_.AddTo(hidden, rows, y);
}

void FeedForward::AddMeansTo(const float* x, std::span<const int32_t> cumulative, LayerScratch& scratch,
                             float* means) const {
  const int64_t width = intermediate_.out();
  const int64_t tokens = cumulative.back();
  const auto texts = static_cast<int64_t>(cumulative.size()) - 1;
  float* hidden = scratch.hidden.Reserve(tokens * width);
  float* pooled = scratch.pooled.Reserve(texts * width);
  intermediate_.Apply(x, tokens, hidden);
  Pool(PoolingMode::mean, hidden, cumulative, width, pooled);
  output_.AddTo(pooled, texts, means);
}

absl::StatusOr<TransformerLayer> TransformerLayer::Load(const Weights& weights, const std::string& name,
                                                        const TransformerConfig& config, int64_t in) {
  const int64_t out = config.hidden_size;
  const bool pre = config.norm_placement == NormPlacement::pre;
  const std::string attention = name + ".attention";
  TransformerLayer layer;
  layer.placement_ = config.norm_placement;
  layer.in_ = in;
  layer.out_ = out;
  if (in != out) {
    ASSIGN_OR_RETURN(layer.residual_, Linear::Load(weights, attention + ".residual", out, in));
  }
  ASSIGN_OR_RETURN(layer.attention_norm_,
                   LayerNorm::Load(weights, attention + (pre ? ".norm" : ".output.LayerNorm"), pre ? in : out,
                                   config.layer_norm_eps));
  ASSIGN_OR_RETURN(layer.attention_,
                   SelfAttention::Load(weights, attention, in, out, config.num_attention_heads));
  ASSIGN_OR_RETURN(layer.feed_forward_norm_,
                   LayerNorm::Load(weights, name + (pre ? ".feed_forward.norm" : ".output.LayerNorm"), out,
                                   config.layer_norm_eps));
  ASSIGN_OR_RETURN(layer.feed_forward_,
                   FeedForward::Load(weights, name, out, config.intermediate_size, config.hidden_act));
  return layer;
}

void TransformerLayer::Attend(const float* x, std::span<const int32_t> cumulative, LayerScratch& scratch,
                              float* y) const {
  const int64_t tokens = cumulative.back();
  if (residual_.has_value()) {
    residual_->Apply(x, tokens, y);
  } else {
    std::copy_n(x, tokens * out_, y);
  }
  if (placement_ == NormPlacement::post) {
    attention_.AddTo(x, cumulative, scratch, y);
    attention_norm_.Apply(y, tokens, y);
  } else {
    float* normed = scratch.normed.Reserve(tokens * std::max(in_, out_));
    attention_norm_.Apply(x, tokens, normed);
    attention_.AddTo(normed, cumulative, scratch, y);
  }
}

void TransformerLayer::Forward(const float* x, std::span<const int32_t> cumulative, LayerScratch& scratch,
                               float* y) const {
  const int64_t tokens = cumulative.back();
  Attend(x, cumulative, scratch, y);
  if (placement_ == NormPlacement::post) {
    feed_forward_.AddTo(y, tokens, scratch, y);
    feed_forward_norm_.Apply(y, tokens, y);
  } else {
    feed_forward_norm_.Apply(y, tokens, scratch.normed.data());
    feed_forward_.AddTo(scratch.normed.data(), tokens, scratch, y);
  }
}

void TransformerLayer::ForwardMeans(const float* x, std::span<const int32_t> cumulative,
                                    LayerScratch& scratch, float* means) const {
  const int64_t tokens = cumulative.back();
  float* attended = scratch.attended.Reserve(tokens * out_);
  Attend(x, cumulative, scratch, attended);
  Pool(PoolingMode::mean, attended, cumulative, out_, means);
  feed_forward_norm_.Apply(attended, tokens, scratch.normed.data());
  feed_forward_.AddMeansTo(scratch.normed.data(), cumulative, scratch, means);
}

}  // namespace voisin::encoder
