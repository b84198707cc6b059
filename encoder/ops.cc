#include "encoder/ops.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/status_macros.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kQueryBlock = 64;  // rows of the score matrix alive at a time

Epilogue EpilogueOf(Activation activation) {
  return activation == Activation::relu ? Epilogue::relu : Epilogue::store;
}

// One head of one text: `tokens` rows, `stride` floats apart in Q, K, V.
struct Head {
  const float* query;
  const float* key;
  const float* value;
  int64_t tokens;
  int64_t stride;
  int64_t size;  // floats of one token's query
};

// Context rows [first, first + rows) of the head, `context_stride` apart.
void AttendRows(const Kernels& kernels, const Head& head, int64_t first, int64_t rows,
                AttentionScratch& scratch, float* context, int64_t context_stride) {
  float* scores = scratch.scores.data();
  kernels.gemm({.a = head.query + first * head.stride,
                .a_stride = head.stride,
                .packed_b = scratch.keys.data(),
                .c = scores,
                .c_stride = head.tokens,
                .m = rows,
                .n = head.tokens,
                .k = head.size});
  const float scale = 1.0f / std::sqrt(static_cast<float>(head.size));
  kernels.softmax(scores, rows, head.tokens, head.tokens, scale);
  kernels.gemm({.a = scores,
                .a_stride = head.tokens,
                .packed_b = scratch.values.data(),
                .c = context + first * context_stride,
                .c_stride = context_stride,
                .m = rows,
                .n = head.size,
                .k = head.tokens});
}

void Attend(const Kernels& kernels, const Head& head, AttentionScratch& scratch, float* context,
            int64_t context_stride) {
  scratch.scores.Reserve(std::min(kQueryBlock, head.tokens) * head.tokens);
  PackTransposed(kernels, head.key, head.tokens, head.size, head.stride,
                 scratch.keys.Reserve(PackedSize(kernels, head.tokens, head.size)));
  PackRows(kernels, head.value, head.size, head.tokens, head.stride,
           scratch.values.Reserve(PackedSize(kernels, head.size, head.tokens)));
  for (int64_t first = 0; first < head.tokens; first += kQueryBlock) {
    const int64_t rows = std::min(kQueryBlock, head.tokens - first);
    AttendRows(kernels, head, first, rows, scratch, context, context_stride);
  }
}

}  // namespace

Linear::Linear(std::span<const float> weight, std::vector<float> bias, int64_t out, int64_t in,
               Activation activation)
    : matrix_(PackedMatrix::Pack(weight.data(), out, in)), bias_(std::move(bias)), activation_(activation) {}

absl::StatusOr<Linear> Linear::Load(const Weights& weights, const std::string& name, int64_t out, int64_t in,
                                    Activation activation, bool with_bias) {
  const int64_t weight_shape[] = {out, in};
  const int64_t bias_shape[] = {out};
  ASSIGN_OR_RETURN(const std::vector<float> weight, weights.Floats(name + ".weight", weight_shape));
  std::vector<float> bias;
  if (with_bias) {
    ASSIGN_OR_RETURN(bias, weights.Floats(name + ".bias", bias_shape));
  }
  return Linear(weight, std::move(bias), out, in, activation);
}

void Linear::Apply(const float* x, int64_t rows, float* y) const {
  matrix_.Multiply(x, rows, bias(), EpilogueOf(activation_), y);
  if (activation_ != Activation::relu) Activate(activation_, y, rows * out());
}

void Linear::AddTo(const float* x, int64_t rows, float* y) const {
  matrix_.Multiply(x, rows, bias(), Epilogue::accumulate, y);
}

LayerNorm::LayerNorm(std::vector<float> gamma, std::vector<float> beta, float epsilon)
    : gamma_(std::move(gamma)), beta_(std::move(beta)), epsilon_(epsilon) {}

absl::StatusOr<LayerNorm> LayerNorm::Load(const Weights& weights, const std::string& name, int64_t width,
                                          float epsilon) {
  const int64_t shape[] = {width};
  ASSIGN_OR_RETURN(std::vector<float> gamma, weights.Floats(name + ".weight", shape));
  ASSIGN_OR_RETURN(std::vector<float> beta, weights.Floats(name + ".bias", shape));
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
  }
}

void AttendEach(const float* qkv, std::span<const int32_t> cumulative_seq_lengths, int64_t width,
                int64_t heads, AttentionScratch& scratch, float* context) {
  const Kernels& kernels = BestKernels();
  const int64_t size = width / heads;
  for (size_t text = 0; text + 1 < cumulative_seq_lengths.size(); ++text) {
    const int64_t begin = cumulative_seq_lengths[text];
    const int64_t tokens = cumulative_seq_lengths[text + 1] - begin;
    for (int64_t column = 0; column < width; column += size) {
      const float* query = qkv + begin * 3 * width + column;
      const Head head = {query, query + width, query + 2 * width, tokens, 3 * width, size};
      Attend(kernels, head, scratch, context + begin * width + column, width);
    }
  }
}

std::vector<float> SinusoidalPositions(std::span<const float> inverse_timescales, int64_t positions) {
  const size_t half = inverse_timescales.size();
  std::vector<float> table(static_cast<size_t>(positions) * 2 * half);
  for (int64_t t = 0; t < positions; ++t) {
    float* row = table.data() + static_cast<size_t>(t) * 2 * half;
    for (size_t i = 0; i < half; ++i) {
      const float angle = static_cast<float>(t) * inverse_timescales[i];
      row[i] = std::sin(angle);
      row[half + i] = std::cos(angle);
    }
  }
  return table;
}

}  // namespace voisin::encoder
