#include "encoder/ops.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/status_macros.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kQueryBlock = 64;  // rows of the score matrix alive at a time
constexpr float kUnseen = -1e30f;

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

// One head of one text: `tokens` rows, `stride` floats apart in Q, K, V.
struct Head {
  const float* query;
  const float* key;
  const float* value;
  int64_t tokens;
  int64_t stride;
  int64_t size;   // floats of one token's query
  int64_t index;  // which head of the layer
};

// Tokens [begin, end) of a text.
struct TokenRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const TokenRange&) const = default;
};

// All that the queries of the range may attend to.
TokenRange KeysOf(const TokenRange& queries, int64_t reach, int64_t tokens) {
  if (reach < 0) return {0, tokens};
  return {std::max<int64_t>(0, queries.begin - reach), std::min(tokens, queries.end + reach)};
}

void PackKeys(const Kernels& kernels, const Head& head, const TokenRange& keys, AttentionScratch& scratch) {
  const int64_t first = keys.begin * head.stride;
  PackTransposed(kernels, head.key + first, keys.size(), head.size, head.stride,
                 scratch.keys.Reserve(PackedSize(kernels, keys.size(), head.size)));
  PackRows(kernels, head.value + first, head.size, keys.size(), head.stride,
           scratch.values.Reserve(PackedSize(kernels, head.size, keys.size())));
}

// Scores of what a query must not see become so low that softmax gives them no weight.
void MaskFar(const TokenRange& queries, const TokenRange& keys, int64_t reach, float* scores) {
  for (int64_t query = queries.begin; query < queries.end; ++query, scores += keys.size()) {
    const int64_t near = std::max(keys.begin, query - reach) - keys.begin;
    const int64_t far = std::min(keys.end, query + reach + 1) - keys.begin;
    std::fill(scores, scores + near, kUnseen);
    std::fill(scores + far, scores + keys.size(), kUnseen);
  }
}

// scores = scale * scores + bias
void AddBias(const Kernels& kernels, const RelativeBias& bias, const Head& head, const TokenRange& queries,
             const TokenRange& keys, float scale, float* scores) {
  kernels.scale(scores, scale, queries.size() * keys.size());
  for (int64_t query = queries.begin; query < queries.end; ++query, scores += keys.size()) {
    kernels.add(scores, bias.OfKeys(head.index, query) + keys.begin, keys.size());
  }
}

// Context rows of `queries`, `context_stride` apart; the keys and values are packed.
void AttendRows(const Kernels& kernels, const Head& head, const AttentionPattern& pattern,
                const TokenRange& queries, const TokenRange& keys, AttentionScratch& scratch, float* context,
                int64_t context_stride) {
  float* scores = scratch.scores.Reserve(queries.size() * keys.size());
  float scale = 1.0f / std::sqrt(static_cast<float>(head.size));
  kernels.gemm({.a = head.query + queries.begin * head.stride,
                .a_stride = head.stride,
                .packed_b = scratch.keys.data(),
                .c = scores,
                .c_stride = keys.size(),
                .m = queries.size(),
                .n = keys.size(),
                .k = head.size});
  if (pattern.bias != nullptr) {
    AddBias(kernels, *pattern.bias, head, queries, keys, scale, scores);
    scale = 1.0f;
  }
  if (pattern.reach >= 0) MaskFar(queries, keys, pattern.reach, scores);
  kernels.softmax(scores, queries.size(), keys.size(), keys.size(), scale);
  kernels.gemm({.a = scores,
                .a_stride = keys.size(),
                .packed_b = scratch.values.data(),
                .c = context + queries.begin * context_stride,
                .c_stride = context_stride,
                .m = queries.size(),
                .n = head.size,
                .k = keys.size()});
}

void Attend(const Kernels& kernels, const Head& head, const AttentionPattern& pattern,
            AttentionScratch& scratch, float* context, int64_t context_stride) {
  TokenRange packed;
  for (int64_t first = 0; first < head.tokens; first += kQueryBlock) {
    const TokenRange queries = {first, std::min(first + kQueryBlock, head.tokens)};
    const TokenRange keys = KeysOf(queries, pattern.reach, head.tokens);
    if (!(keys == packed)) PackKeys(kernels, head, keys, scratch);
    packed = keys;
    AttendRows(kernels, head, pattern, queries, keys, scratch, context, context_stride);
  }
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

void AttendEach(const float* qkv, std::span<const int32_t> cumulative_seq_lengths, int64_t width,
                int64_t heads, const AttentionPattern& pattern, AttentionScratch& scratch, float* context) {
  const Kernels& kernels = BestKernels();
  const int64_t size = width / heads;
  for (size_t text = 0; text + 1 < cumulative_seq_lengths.size(); ++text) {
    const int64_t begin = cumulative_seq_lengths[text];
    const int64_t tokens = cumulative_seq_lengths[text + 1] - begin;
    for (int64_t i = 0; i < heads; ++i) {
      const float* query = qkv + begin * 3 * width + i * size;
      const Head head = {query, query + width, query + 2 * width, tokens, 3 * width, size, i};
      Attend(kernels, head, pattern, scratch, context + begin * width + i * size, width);
    }
  }
}

}  // namespace voisin::encoder
