#pragma once

#include <optional>
#include <string>
#include <vector>

#include "encoder/batch.h"
#include "encoder/layers.h"

namespace voisin::encoder {

// Working memory of one forward pass; one thread at a time.
struct TransformerScratch {
  FloatBuffer states[2];  // [tokens, width] before and after a layer, in turns
  LayerScratch layer;
};

// Word, position and token-type embeddings, summed: scale * word + position + type, then an optional layer
// norm.
class Embeddings {
 public:
  // Positions for max_tokens must exist. Where they are sinusoidal the tensor embeddings.inv_timescale
  // [width / 2] has the frequencies.
  static absl::StatusOr<Embeddings> Load(const TransformerConfig& config, const Weights& weights,
                                         const TensorNames& names, int32_t max_tokens);
  // InvalidArgument: an id, a token type or a length outside the tables.
  absl::Status Check(const Batch& batch) const;
  // `x` [tokens, width]; the batch has passed Check.
  void Embed(const Batch& batch, float* x) const;
  int64_t width() const { return width_; }

 private:
  void EmbedToken(int32_t id, int32_t position, int32_t type, float* x) const;
  // One text of `batch` from token `begin` on.
  void EmbedText(const Batch& batch, int32_t begin, int32_t end, float* x) const;

  int64_t width_ = 0;
  int64_t max_tokens_ = 0;
  int32_t position_offset_ = 0;
  int32_t padding_id_ = -1;
  float scale_ = 1.0f;
  std::vector<float> words_;
  std::vector<float> positions_;  // empty: none
  std::vector<float> types_;      // empty: none
  bool has_norm_ = false;
  LayerNorm norm_;
};

// A transformer encoder: token ids -> one hidden state per token. Everything that differs between model
// families is in TransformerConfig. Immutable after Load: any number of threads, each with its own scratch.
class Transformer {
 public:
  // Tensor names as tensor_names.h has them for config.model_type. Errors name the tensor, or the field of
  // config.json, with what was expected and what came.
  static absl::StatusOr<Transformer> Load(const TransformerConfig& config, const Weights& weights,
                                          int32_t max_tokens);

  absl::Status Check(const Batch& batch) const { return embeddings_.Check(batch); }
  // [tokens, hidden_size], inside `scratch`, valid until its next use. The batch has passed Check.
  const float* Forward(const Batch& batch, TransformerScratch& scratch) const;
  // means [texts, hidden_size]: the mean of each text's rows of Forward. Where the last thing of the model is
  // linear (pre-norm, no final norm) it runs on means, which saves the last feed-forward's second half.
  void ForwardMeans(const Batch& batch, TransformerScratch& scratch, float* means) const;

 private:
  absl::Status LoadLayers(const Weights& weights, const TensorNames& names);
  absl::Status LoadPattern(const Weights& weights, const TensorNames& names, int32_t max_tokens);
  AttentionPattern PatternOf(size_t layer) const;
  // States before layer `layers`.
  const float* Run(const Batch& batch, size_t layers, TransformerScratch& scratch) const;

  TransformerConfig config_;
  Embeddings embeddings_;
  std::vector<TransformerLayer> layers_;
  LayerNorm final_norm_;
  std::optional<RelativeBias> bias_;
  std::optional<RotaryTable> rotation_;
  std::optional<RotaryTable> local_rotation_;
};

}  // namespace voisin::encoder
