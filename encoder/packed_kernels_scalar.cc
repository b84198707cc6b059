#include <bit>
#include <cmath>

#include "encoder/kernels_tables.h"
#include "encoder/packed_kernels_simd.h"
#include "encoder/packed_kernels_tables.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kPanelWidth = 16;

int32_t LowInt(uint32_t word) { return static_cast<int16_t>(word & 0xffffu); }
int32_t HighInt(uint32_t word) { return static_cast<int16_t>(word >> 16); }
float LowFloat(uint32_t word) { return std::bit_cast<float>(word << 16); }
float HighFloat(uint32_t word) { return std::bit_cast<float>(word & 0xffff0000u); }

void Bf16Sums(const uint32_t* a, const uint32_t* b, int64_t words, float* sums) {
  for (int64_t i = 0; i < words; ++i, b += kPanelWidth) {
    for (int64_t j = 0; j < kPanelWidth; ++j) {
      sums[j] += HighFloat(a[i]) * HighFloat(b[j]);
      sums[j] += LowFloat(a[i]) * LowFloat(b[j]);
    }
  }
}

void Int8Sums(const uint32_t* a, const uint32_t* b, int64_t words, int32_t* sums) {
  for (int64_t i = 0; i < words; ++i, b += kPanelWidth) {
    for (int64_t j = 0; j < kPanelWidth; ++j) {
      sums[j] += HighInt(a[i]) * HighInt(b[j]) + LowInt(a[i]) * LowInt(b[j]);
    }
  }
}

// Calls sum(row, first column, b, out) for each row of each panel and stores what it gives.
template <typename Sum>
void ForEachRow(const PackedGemmArguments& g, Sum sum) {
  for (int64_t column = 0; column < g.n; column += kPanelWidth) {
    const int64_t columns = g.n - column < kPanelWidth ? g.n - column : kPanelWidth;
    for (int64_t row = 0; row < g.m; ++row) {
      float out[kPanelWidth] = {};
      sum(row, column, g.packed_b + column * g.words, out);
      for (int64_t j = 0; j < columns && g.bias != nullptr; ++j) out[j] += g.bias[column + j];
      FinishScalarRow(out, columns, g.epilogue, g.c + row * g.c_stride + column);
    }
  }
}

void Bf16Gemm(const PackedGemmArguments& g) {
  ForEachRow(g, [&](int64_t row, int64_t, const uint32_t* b, float* out) {
    Bf16Sums(g.a + row * g.a_stride, b, g.words, out);
  });
}

void Int8Gemm(const PackedGemmArguments& g) {
  ForEachRow(g, [&](int64_t row, int64_t column, const uint32_t* b, float* out) {
    int32_t sums[kPanelWidth] = {};
    Int8Sums(g.a + row * g.a_stride, b, g.words, sums);
    for (int64_t j = 0; j < kPanelWidth; ++j) {
      out[j] = static_cast<float>(sums[j]) * (g.row_scales[row] * g.column_scales[column + j]);
    }
  });
}

// To nearest, ties to even.
uint32_t RoundToBf16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

void ConvertToBf16(const float* x, int64_t rows, int64_t width, uint32_t* words, float*, int32_t*) {
  for (int64_t r = 0; r < rows; ++r, x += width) {
    for (int64_t i = 0; i < width; i += 2) {
      *words++ = RoundToBf16(x[i]) | (i + 1 < width ? RoundToBf16(x[i + 1]) << 16 : 0u);
    }
  }
}

// Brings what a row has so far to a new maximum.
void Rescale(const SoftmaxBlock& b, int64_t row, float maximum) {
  const float factor = std::exp(b.maxima[row] - maximum);
  float* context = b.context + row * b.context_stride;
  for (int64_t i = 0; i < b.size; ++i) context[i] *= factor;
  b.sums[row] *= factor;
  b.maxima[row] = maximum;
}

void SoftenRow(const SoftmaxBlock& b, int64_t row) {
  const float* scores = b.scores + row * b.keys;
  uint32_t* weights = b.weights + row * ((b.keys + 1) / 2);
  float maximum = b.maxima[row];
  for (int64_t i = 0; i < b.keys; ++i) {
    maximum = b.scale * scores[i] > maximum ? b.scale * scores[i] : maximum;
  }
  if (maximum > b.maxima[row]) Rescale(b, row, maximum);
  for (int64_t i = 0; i < b.keys; ++i) {
    const float weight = std::exp(b.scale * scores[i] - maximum);
    b.sums[row] += weight;
    const uint32_t other = i % 2 == 0 ? 0u : weights[i / 2];
    weights[i / 2] = other | RoundToBf16(weight) << (i % 2 * 16);
  }
}

void Soften(const SoftmaxBlock& block) {
  for (int64_t row = 0; row < block.rows; ++row) SoftenRow(block, row);
}

uint32_t QuantizeOne(float x, const RowScale& row) {
  const auto q = static_cast<int32_t>(std::nearbyint(x * row.inverse)) + row.zero;
  const int32_t byte = q < 0 ? 0 : q > 255 ? 255 : q;
  return static_cast<uint32_t>(byte - row.zero) & 0xffffu;
}

void Quantize(const float* x, int64_t rows, int64_t width, uint32_t* words, float* scales, int32_t* zeros) {
  for (int64_t r = 0; r < rows; ++r, x += width) {
    float smallest = 0.0f;
    float largest = 0.0f;
    for (int64_t i = 0; i < width; ++i) {
      smallest = x[i] < smallest ? x[i] : smallest;
      largest = x[i] > largest ? x[i] : largest;
    }
    const RowScale row = ScaleOf(smallest, largest);
    for (int64_t i = 0; i < width; i += 2) {
      *words++ = QuantizeOne(x[i], row) | (i + 1 < width ? QuantizeOne(x[i + 1], row) << 16 : 0u);
    }
    scales[r] = row.scale;
    zeros[r] = 0;
  }
}

}  // namespace

constinit const PackedKernels kScalarBf16Kernels = {"bf16 scalar", kPanelWidth,   2,
                                                    Bf16Gemm,      ConvertToBf16, Soften};
constinit const PackedKernels kScalarInt8Kernels = {"int8 scalar", kPanelWidth, 2,
                                                    Int8Gemm,      Quantize,    nullptr};

}  // namespace voisin::encoder
