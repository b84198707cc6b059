#pragma once

#include <span>
#include <string>
#include <vector>

#include "encoder/gemm.h"
#include "encoder/model_config.h"
#include "encoder/weights.h"

namespace voisin::encoder {

// Small pieces of a transformer. Loaded ones are immutable and may be used by any number of threads. All
// matrices are dense and row-major; `rows` counts tokens or texts.

// y = activation(x W^T + b).
class Linear {
 public:
  Linear() = default;
  // `weight` [out, in]; `bias` out floats or empty.
  Linear(std::span<const float> weight, std::vector<float> bias, int64_t out, int64_t in,
         Activation activation, Precision precision = Precision::fp32);
  // Tensors `name`.weight [out, in] and, with_bias, `name`.bias [out]; computes in weights.linear_precision().
  static absl::StatusOr<Linear> Load(const Weights& weights, const std::string& name, int64_t out, int64_t in,
                                     Activation activation = Activation::identity, bool with_bias = true);
  // Several maps of the same input, their outputs side by side: each name has [out / names.size(), in].
  static absl::StatusOr<Linear> LoadJoined(const Weights& weights, std::span<const std::string> names,
                                           int64_t out, int64_t in, Activation activation, bool with_bias);

  int64_t out() const { return matrix_.out(); }
  int64_t in() const { return matrix_.in(); }
  void Apply(const float* x, int64_t rows, float* y) const;
  // y += x W^T + b, before any activation.
  void AddTo(const float* x, int64_t rows, float* y) const;

 private:
  const float* bias() const { return bias_.empty() ? nullptr : bias_.data(); }

  PackedMatrix matrix_;
  std::vector<float> bias_;
  Activation activation_ = Activation::identity;
};

// Over the last dimension (Ba, Kiros and Hinton, 2016).
class LayerNorm {
 public:
  LayerNorm() = default;
  LayerNorm(std::vector<float> gamma, std::vector<float> beta, float epsilon);
  // Tensors `name`.weight and, with_bias, `name`.bias, both [width].
  static absl::StatusOr<LayerNorm> Load(const Weights& weights, const std::string& name, int64_t width,
                                        float epsilon, bool with_bias = true);
  // `y` may be `x`.
  void Apply(const float* x, int64_t rows, float* y) const;

 private:
  std::vector<float> gamma_;
  std::vector<float> beta_;
  float epsilon_ = 0.0f;
};

// x = activation(x).
void Activate(Activation activation, float* x, int64_t size);

// [rows, 2 width] -> [rows, width], both dense and at `x`: activation(first half) * second half.
void Gate(Activation activation, float* x, int64_t rows, int64_t width);

}  // namespace voisin::encoder
