#include <cmath>

#include "encoder/kernels_tables.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kPanelWidth = 16;

void LayerNormRow(const float* x, int64_t width, const float* gamma, const float* beta, float epsilon,
                  float* y) {
  float mean = 0.0f;
  for (int64_t i = 0; i < width; ++i) mean += x[i];
  mean /= static_cast<float>(width);
  float variance = 0.0f;
  for (int64_t i = 0; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean);
  const float scale = 1.0f / std::sqrt(variance / static_cast<float>(width) + epsilon);
  for (int64_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * scale * gamma[i] + beta[i];
}

void LayerNorm(const float* x, int64_t rows, int64_t width, const float* gamma, const float* beta,
               float epsilon, float* y) {
  for (int64_t r = 0; r < rows; ++r) LayerNormRow(x + r * width, width, gamma, beta, epsilon, y + r * width);
}

void SoftmaxRow(float* x, int64_t width, float scale) {
  float maximum = scale * x[0];
  for (int64_t i = 1; i < width; ++i) maximum = scale * x[i] > maximum ? scale * x[i] : maximum;
  float sum = 0.0f;
  for (int64_t i = 0; i < width; ++i) {
    x[i] = std::exp(scale * x[i] - maximum);
    sum += x[i];
  }
  for (int64_t i = 0; i < width; ++i) x[i] /= sum;
}

void Softmax(float* x, int64_t rows, int64_t width, int64_t stride, float scale) {
  for (int64_t r = 0; r < rows; ++r) SoftmaxRow(x + r * stride, width, scale);
}

void Relu(float* x, int64_t size) {
  for (int64_t i = 0; i < size; ++i) x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

void Gelu(float* x, int64_t size) {
  constexpr float kInverseSqrt2 = 0.70710678f;
  for (int64_t i = 0; i < size; ++i) x[i] = 0.5f * x[i] * (1.0f + std::erf(x[i] * kInverseSqrt2));
}

void GeluTanh(float* x, int64_t size) {
  constexpr float kSqrtTwoOverPi = 0.79788456f;
  for (int64_t i = 0; i < size; ++i) {
    const float inner = kSqrtTwoOverPi * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
    x[i] = 0.5f * x[i] * (1.0f + std::tanh(inner));
  }
}

void Tanh(float* x, int64_t size) {
  for (int64_t i = 0; i < size; ++i) x[i] = std::tanh(x[i]);
}

void Silu(float* x, int64_t size) {
  for (int64_t i = 0; i < size; ++i) x[i] /= 1.0f + std::exp(-x[i]);
}

void Add(float* x, const float* y, int64_t size) {
  for (int64_t i = 0; i < size; ++i) x[i] += y[i];
}

void Scale(float* x, float factor, int64_t size) {
  for (int64_t i = 0; i < size; ++i) x[i] *= factor;
}

void SumRows(const float* x, int64_t rows, int64_t width, float* sum) {
  for (int64_t i = 0; i < width; ++i) sum[i] = 0.0f;
  for (int64_t r = 0; r < rows; ++r) Add(sum, x + r * width, width);
}

void MaxRows(const float* x, int64_t rows, int64_t width, float* maximum) {
  for (int64_t i = 0; i < width; ++i) maximum[i] = x[i];
  for (int64_t r = 1; r < rows; ++r) {
    const float* row = x + r * width;
    for (int64_t i = 0; i < width; ++i) maximum[i] = row[i] > maximum[i] ? row[i] : maximum[i];
  }
}

void L2Normalize(float* x, int64_t size) {
  float sum = 0.0f;
  for (int64_t i = 0; i < size; ++i) sum += x[i] * x[i];
  Scale(x, 1.0f / std::sqrt(sum > 1e-12f ? sum : 1e-12f), size);
}

void GemmRow(const GemmArguments& g, int64_t row, int64_t column, int64_t columns) {
  const float* a = g.a + row * g.a_stride;
  const float* b = g.packed_b + column * g.k;
  float sums[kPanelWidth] = {};
  for (int64_t j = 0; j < columns && g.bias != nullptr; ++j) sums[j] = g.bias[column + j];
  for (int64_t i = 0; i < g.k; ++i) {
    for (int64_t j = 0; j < kPanelWidth; ++j) sums[j] += a[i] * b[i * kPanelWidth + j];
  }
  float* c = g.c + row * g.c_stride + column;
  FinishScalarRow(sums, columns, g.epilogue, c);
}

void Gemm(const GemmArguments& g) {
  for (int64_t column = 0; column < g.n; column += kPanelWidth) {
    const int64_t columns = g.n - column < kPanelWidth ? g.n - column : kPanelWidth;
    for (int64_t row = 0; row < g.m; ++row) GemmRow(g, row, column, columns);
  }
}

}  // namespace

void FinishScalarRow(const float* sums, int64_t columns, Epilogue epilogue, float* c) {
  const bool accumulate = epilogue == Epilogue::accumulate;
  for (int64_t j = 0; j < columns; ++j) c[j] = accumulate ? c[j] + sums[j] : sums[j];
  switch (epilogue) {
    case Epilogue::store:
    case Epilogue::accumulate:
      return;
    case Epilogue::relu:
      return Relu(c, columns);
    case Epilogue::gelu:
      return Gelu(c, columns);
    case Epilogue::gelu_tanh:
      return GeluTanh(c, columns);
    case Epilogue::tanh:
      return Tanh(c, columns);
    case Epilogue::silu:
      return Silu(c, columns);
  }
}

constinit const Kernels kScalarKernels = {
    .name = "scalar",
    .panel_width = kPanelWidth,
    .gemm = Gemm,
    .layer_norm = LayerNorm,
    .softmax = Softmax,
    .relu = Relu,
    .gelu = Gelu,
    .gelu_tanh = GeluTanh,
    .tanh = Tanh,
    .silu = Silu,
    .add = Add,
    .scale = Scale,
    .sum_rows = SumRows,
    .max_rows = MaxRows,
    .l2_normalize = L2Normalize,
};

}  // namespace voisin::encoder
