#pragma once

#include <optional>
#include <span>
#include <string>

#include "encoder/attention.h"
#include "encoder/ops.h"
#include "encoder/tensor_names.h"

namespace voisin::encoder {

// The layers of a transformer encoder. Immutable after Load; a LayerScratch belongs to one thread at a time.
// `cumulative` are a Batch's cumulative_seq_lengths; states are [tokens, width], dense.

struct LayerScratch {
  FloatBuffer normed;    // [tokens, width]
  FloatBuffer qkv;       // [tokens, 3 input width]
  FloatBuffer context;   // [tokens, input width]
  FloatBuffer hidden;    // [tokens, intermediate], gated twice that
  FloatBuffer attended;  // [tokens, width]
  FloatBuffer pooled;    // [texts, intermediate]
  AttentionScratch attention;
};

// Where a layer's tensors are and what they mean.
struct LayerTensors {
  const TransformerConfig& config;
  const TensorNames& names;
  std::string base;  // "encoder.layer.7." and the like
  int32_t index = 0;

  std::string Name(std::string_view part) const { return base + std::string(part); }
};

// Multi-head attention as wide as its input, its output projected to `out`. Where linear maps are narrow (bf16 or
// int8), queries, keys and values are bf16; heads of an odd size stay fp32.
class SelfAttention {
 public:
  static absl::StatusOr<SelfAttention> Load(const Weights& weights, const LayerTensors& tensors, int64_t in);
  // y += attention(x).
  void AddTo(const float* x, std::span<const int32_t> cumulative, const AttentionPattern& pattern,
             LayerScratch& scratch, float* y) const;

 private:
  Linear query_key_value_;
  Linear output_;
  int64_t heads_ = 1;
  const PackedKernels* bf16_ = nullptr;  // of the attention itself; null: fp32
};

// W2 activation(W1 x + b1) + b2, or, gated, W2 (activation(A x) * (B x)).
class FeedForward {
 public:
  static absl::StatusOr<FeedForward> Load(const Weights& weights, const LayerTensors& tensors);
  // y += feed_forward(x).
  void AddTo(const float* x, int64_t rows, LayerScratch& scratch, float* y) const;
  // means[text] += mean over the text's rows of feed_forward(x). The second map is linear, so it is applied
  // to the mean of the hidden rows: once a text, not once a token.
  void AddMeansTo(const float* x, std::span<const int32_t> cumulative, LayerScratch& scratch,
                  float* means) const;

 private:
  // [rows, output_.in()], in `scratch`.
  float* Hidden(const float* x, int64_t rows, LayerScratch& scratch) const;

  Linear intermediate_;  // gated: both maps side by side
  Linear output_;
  Activation activation_ = Activation::identity;
  bool gated_ = false;
};

// Attention, then feed-forward, each with a residual connection and a layer norm before (pre) or after it
// (post; as in Devlin et al., "BERT", 2018). Where `in` and `out` differ the first residual is projected.
class TransformerLayer {
 public:
  static absl::StatusOr<TransformerLayer> Load(const Weights& weights, const LayerTensors& tensors,
                                               int64_t in);
  // x [tokens, in] -> y [tokens, out]; they do not overlap.
  void Forward(const float* x, std::span<const int32_t> cumulative, const AttentionPattern& pattern,
               LayerScratch& scratch, float* y) const;
  // Pre-norm only: means [texts, out] of what Forward gives, without computing it token by token.
  void ForwardMeans(const float* x, std::span<const int32_t> cumulative, const AttentionPattern& pattern,
                    LayerScratch& scratch, float* means) const;

 private:
  absl::Status LoadNorms(const Weights& weights, const LayerTensors& tensors);
  void Attend(const float* x, std::span<const int32_t> cumulative, const AttentionPattern& pattern,
              LayerScratch& scratch, float* y) const;

  NormPlacement placement_ = NormPlacement::post;
  int64_t in_ = 0;
  int64_t out_ = 0;
  std::optional<Linear> residual_;
  std::optional<LayerNorm> attention_norm_;
  SelfAttention attention_;
  LayerNorm feed_forward_norm_;
  FeedForward feed_forward_;
};

}  // namespace voisin::encoder
