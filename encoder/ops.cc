#include "encoder/ops.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace voisin::encoder {
namespace {

Epilogue EpilogueOf(Activation activation) {
  switch (activation) {
    case Activation::identity:
      return Epilogue::store;
    case Activation::relu:
      return Epilogue::relu;
    case Activation::gelu:
      return Epilogue::gelu;
    case Activation::gelu_tanh:
      return Epilogue::gelu_tanh;
    case Activation::tanh:
      return Epilogue::tanh;
    case Activation::silu:
      return Epilogue::silu;
  }
  return Epilogue::store;
}

absl::Status Append(absl::StatusOr<std::vector<float>> part, std::vector<float>& all) {
  if (!part.ok()) return part.status();
  if (all.empty()) {
    all = *std::move(part);
  } else {
    all.insert(all.end(), part->begin(), part->end());
  }
  return absl::OkStatus();
}

}  // namespace

Linear::Linear(std::span<const float> weight, std::vector<float> bias, int64_t out, int64_t in,
               Activation activation, Precision precision)
    : matrix_(PackedMatrix::Pack(weight.data(), out, in, precision)),
      bias_(std::move(bias)),
      activation_(activation) {}

absl::StatusOr<Linear> Linear::Load(const Weights& weights, const std::string& name, int64_t out, int64_t in,
                                    Activation activation, bool with_bias) {
  return LoadJoined(weights, std::span(&name, 1), out, in, activation, with_bias);
}

absl::StatusOr<Linear> Linear::LoadJoined(const Weights& weights, std::span<const std::string> names,
                                          int64_t out, int64_t in, Activation activation, bool with_bias) {
  const int64_t rows = out / static_cast<int64_t>(names.size());
  const int64_t weight_shape[] = {rows, in};
  const int64_t bias_shape[] = {rows};
  std::vector<float> weight;
  std::vector<float> bias;
  for (const std::string& name : names) {
    RETURN_IF_ERROR(Append(weights.Floats(name + ".weight", weight_shape), weight));
    if (with_bias) RETURN_IF_ERROR(Append(weights.Floats(name + ".bias", bias_shape), bias));
  }
  return Linear(weight, std::move(bias), out, in, activation, weights.linear_precision());
}

void Linear::Apply(const float* x, int64_t rows, float* y) const {
  matrix_.Multiply(x, rows, bias(), EpilogueOf(activation_), y);
}

void Linear::AddTo(const float* x, int64_t rows, float* y) const {
  matrix_.Multiply(x, rows, bias(), Epilogue::accumulate, y);
}

LayerNorm::LayerNorm(std::vector<float> gamma, std::vector<float> beta, float epsilon)
    : gamma_(std::move(gamma)), beta_(std::move(beta)), epsilon_(epsilon) {}

absl::StatusOr<LayerNorm> LayerNorm::Load(const Weights& weights, const std::string& name, int64_t width,
                                          float epsilon, bool with_bias) {
  const int64_t shape[] = {width};
  ASSIGN_OR_RETURN(std::vector<float> gamma, weights.Floats(name + ".weight", shape));
  std::vector<float> beta(with_bias ? 0 : static_cast<size_t>(width));
  if (with_bias) {
    ASSIGN_OR_RETURN(beta, weights.Floats(name + ".bias", shape));
  }
  return LayerNorm(std::move(gamma), std::move(beta), epsilon);
}

void LayerNorm::Apply(const float* x, int64_t rows, float* y) const {
  const auto width = static_cast<int64_t>(gamma_.size());
  BestKernels().layer_norm(x, rows, width, gamma_.data(), beta_.data(), epsilon_, y);
}

void Activate(Activation activation, float* x, int64_t size) {
  switch (activation) {
    case Activation::identity:
      return;
    case Activation::relu:
      return BestKernels().relu(x, size);
    case Activation::gelu:
      return BestKernels().gelu(x, size);
    case Activation::gelu_tanh:
      return BestKernels().gelu_tanh(x, size);
    case Activation::tanh:
      return BestKernels().tanh(x, size);
    case Activation::silu:
      return BestKernels().silu(x, size);
  }
}

void Gate(Activation activation, float* x, int64_t rows, int64_t width) {
  const float* row = x;
  for (int64_t r = 0; r < rows; ++r, row += 2 * width, x += width) {
    std::copy_n(row, width, x);  // never ahead of what is still to be read
    Activate(activation, x, width);
    for (int64_t i = 0; i < width; ++i) x[i] *= row[width + i];
  }
}

}  // namespace voisin::encoder
