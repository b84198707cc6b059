#pragma once

#include "encoder/kernels_simd.h"
#include "encoder/packed_kernels.h"

// The product of narrow operands, written once over a vector type W; included only by the files compiled for
// one instruction set, like kernels_simd.h.
//
// W: Float (a V of kernels_simd.h), Words and Sums (registers of Float::kWidth words and sums), Load, Repeat
// (one word in all lanes), Begin(row zero, column sums) = what a sum starts from, Accumulate(sums, a, b) =
// sums plus the dot products of the words' operands, and ToFloat(sums, row scale, column scales).
namespace voisin::encoder {

template <class W, int kRows, int kRegisters>
struct SimdPackedGemm {
  using V = typename W::Float;
  using End = SimdEpilogue<V>;
  using Arguments = PackedGemmArguments;
  static constexpr int64_t kPanelWidth = V::kWidth * kRegisters;

  template <int rows, int registers>
  static void Store(const Arguments& g, const typename W::Sums (&sums)[rows][registers], int64_t row,
                    int64_t column) {
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
      for (int j = 0; j < registers; ++j) {
        const int64_t first = column + j * V::kWidth;
        const int64_t lanes = g.n - first;
        const auto bias = g.bias == nullptr ? V::Set(0.0f) : End::LoadLanes(g.bias + first, lanes);
        const auto value = W::ToFloat(sums[r][j], g, row + r, first) + bias;
        End::Finish(g.c + (row + r) * g.c_stride + first, value, lanes, g.epilogue);
      }
    }
  }

  // `rows` rows from `row` times the first `registers` registers of the panel at `b`, whose first column is
  // `column`. Unrolled, so that every sum stays in a register.
  template <int rows, int registers>
  static void Tile(const Arguments& g, int64_t row, const uint32_t* b, int64_t column) {
    typename W::Sums sums[rows][registers];
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
      for (int j = 0; j < registers; ++j) sums[r][j] = W::Begin(g, row + r, column + j * V::kWidth);
    }
    const uint32_t* a = g.a + row * g.a_stride;
    const int64_t stride = g.a_stride;
    for (int64_t i = 0; i < g.words; ++i, b += kPanelWidth) {
      typename W::Words columns[registers];
#pragma GCC unroll 16
      for (int j = 0; j < registers; ++j) columns[j] = W::Load(b + j * V::kWidth);
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) {
        const typename W::Words value = W::Repeat(a[r * stride + i]);
#pragma GCC unroll 16
        for (int j = 0; j < registers; ++j) W::Accumulate(sums[r][j], value, columns[j]);
      }
    }
    Store(g, sums, row, column);
  }

  template <int rows, int registers>
  static void TileOf(int64_t count, const Arguments& g, int64_t row, const uint32_t* b, int64_t column) {
    if constexpr (rows > 0) {
      if (count == rows) return Tile<rows, registers>(g, row, b, column);
      TileOf<rows - 1, registers>(count, g, row, b, column);
    }
  }

  template <int most_rows, int registers>
  static void RunPanel(const Arguments& g, int64_t column) {
    const int64_t tiles = (g.m + most_rows - 1) / most_rows;
    const uint32_t* b = g.packed_b + column * g.words;
    const int64_t columns = g.n - column < kPanelWidth ? g.n - column : kPanelWidth;
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t first = g.m * t / tiles;
      const int64_t count = g.m * (t + 1) / tiles - first;
      TileOf<most_rows, registers>(count, g, first, b, column);
      End::Activate(g.c + first * g.c_stride + column, count, g.c_stride, columns, g.epilogue);
    }
  }

  // A panel that is half empty gets tiles of half the width and twice the rows.
  static void Run(const Arguments& g) {
    for (int64_t column = 0; column < g.n; column += kPanelWidth) {
      if (g.n - column > kPanelWidth / 2) {
        RunPanel<kRows, kRegisters>(g, column);
      } else {
        RunPanel<2 * kRows, kRegisters / 2>(g, column);
      }
    }
  }
};

// How a row becomes q = clamp(round(x * inverse) + zero, 0, 255).
struct RowScale {
  float scale;
  float inverse;
  int32_t zero;
};

// From the row's smallest and largest number. The range takes in 0, so that 0 is exact.
static RowScale ScaleOf(float smallest, float largest) {
  const float low = smallest < 0.0f ? smallest : 0.0f;
  const float high = largest > 0.0f ? largest : 0.0f;
  const float range = high - low;
  if (!(range > 1e-30f)) return {0.0f, 0.0f, 0};
  const float inverse = 255.0f / range;
  return {range / 255.0f, inverse, static_cast<int32_t>(0.5f - low * inverse)};
}

}  // namespace voisin::encoder
