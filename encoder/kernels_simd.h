#pragma once

#include "encoder/kernels.h"

// The loops of one instruction set, written once over a vector type V. Included only by the files compiled
// for those instructions, each of which instantiates SimdKernels with a V of its unnamed namespace:
// everything here then has internal linkage and cannot replace portable code at link time. For the same
// reason nothing of std is used.
//
// V: kWidth floats; Register; Set, Load, Store, LoadPart(p, n), StorePart(p, r, n) of the first n < kWidth
// floats (LoadPart fills with zero); Fma(a, b, c) = a b + c; Max; Round; PowerOfTwo(n) for integral -126 <= n
// <= 127; Sqrt(float); Sum, Maximum over lanes; KeepPart(r, n, other) = first n lanes of r, then other.
// Registers take + - * / (vector extensions of GCC and Clang).
namespace voisin::encoder {

template <class V>
struct SimdKernels {
  using Register = typename V::Register;
  static constexpr int64_t kWidth = V::kWidth;

  // exp(x), relative error below 2e-7 for -87 <= x <= 88, saturating outside (Cephes expf).
  static Register Exp(Register x) {
    x = V::Min(V::Max(x, V::Set(-87.0f)), V::Set(88.0f));
    const Register n = V::Round(x * V::Set(1.44269504f));
    Register r = V::Fma(n, V::Set(-0.693359375f), x);
    r = V::Fma(n, V::Set(2.12194440e-4f), r);
    Register p = V::Set(1.9875691500e-4f);
    p = V::Fma(p, r, V::Set(1.3981999507e-3f));
    p = V::Fma(p, r, V::Set(8.3334519073e-3f));
    p = V::Fma(p, r, V::Set(4.1665795894e-2f));
    p = V::Fma(p, r, V::Set(1.6666665459e-1f));
    p = V::Fma(p, r, V::Set(5.0000001201e-1f));
    p = V::Fma(p, r * r, r + V::Set(1.0f));
    return p * V::PowerOfTwo(n);
  }

  static Register TanhOf(Register x) {
    const Register one = V::Set(1.0f);
    return one - V::Set(2.0f) / (Exp(x + x) + one);
  }

  // erf(x) for x >= 0, absolute error below 2e-7 (Abramowitz and Stegun, 7.1.26).
  static Register ErfOfPositive(Register x) {
    const Register one = V::Set(1.0f);
    const Register t = one / V::Fma(V::Set(0.3275911f), x, one);
    Register p = V::Set(1.061405429f);
    p = V::Fma(p, t, V::Set(-1.453152027f));
    p = V::Fma(p, t, V::Set(1.421413741f));
    p = V::Fma(p, t, V::Set(-0.284496736f));
    p = V::Fma(p, t, V::Set(0.254829592f));
    return one - p * t * Exp(V::Set(0.0f) - x * x);
  }

  // 0.5 x (1 + erf(x / sqrt 2)) = 0.5 (x + |x| erf(|x| / sqrt 2)), erf being odd.
  static Register GeluOf(Register x) {
    const Register magnitude = V::Max(x, V::Set(0.0f) - x);
    return V::Set(0.5f) * V::Fma(magnitude, ErfOfPositive(magnitude * V::Set(0.70710678f)), x);
  }

  static Register GeluTanhOf(Register x) {
    const Register cube = x * x * x;
    const Register inner = V::Set(0.79788456f) * V::Fma(V::Set(0.044715f), cube, x);
    return V::Set(0.5f) * V::Fma(x, TanhOf(inner), x);
  }

  static Register SiluOf(Register x) { return x / (V::Set(1.0f) + Exp(V::Set(0.0f) - x)); }

  static Register ReluOf(Register x) { return V::Max(V::Set(0.0f), x); }

  // x[i] = function(x[i]).
  template <Register (*function)(Register)>
  static void Map(float* x, int64_t size) {
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) V::Store(x + i, function(V::Load(x + i)));
    if (i < size) V::StorePart(x + i, function(V::LoadPart(x + i, size - i)), size - i);
  }

  static void Add(float* x, const float* y, int64_t size) {
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) V::Store(x + i, V::Load(x + i) + V::Load(y + i));
    if (i < size) V::StorePart(x + i, V::LoadPart(x + i, size - i) + V::LoadPart(y + i, size - i), size - i);
  }

  static float SumOf(const float* x, int64_t size) {
    Register sum = V::Set(0.0f);
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) sum = sum + V::Load(x + i);
    if (i < size) sum = sum + V::LoadPart(x + i, size - i);
    return V::Sum(sum);
  }

  // Sum of (x - shift)^2.
  static float SumOfSquares(const float* x, float shift, int64_t size) {
    const Register s = V::Set(shift);
    Register sum = V::Set(0.0f);
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) {
      const Register d = V::Load(x + i) - s;
      sum = V::Fma(d, d, sum);
    }
    if (i < size) {
      const Register d = V::KeepPart(V::LoadPart(x + i, size - i) - s, size - i, V::Set(0.0f));
      sum = V::Fma(d, d, sum);
    }
    return V::Sum(sum);
  }

  static void LayerNormRow(const float* x, int64_t width, const float* gamma, const float* beta,
                           float epsilon, float* y) {
    const float size = static_cast<float>(width);
    const float mean = SumOf(x, width) / size;
    const Register shift = V::Set(mean);
    const Register scale = V::Set(1.0f / V::Sqrt(SumOfSquares(x, mean, width) / size + epsilon));
    int64_t i = 0;
    for (; i + kWidth <= width; i += kWidth) {
      V::Store(y + i, V::Fma((V::Load(x + i) - shift) * scale, V::Load(gamma + i), V::Load(beta + i)));
    }
    if (i == width) return;
    const int64_t rest = width - i;
    const Register normal = (V::LoadPart(x + i, rest) - shift) * scale;
    V::StorePart(y + i, V::Fma(normal, V::LoadPart(gamma + i, rest), V::LoadPart(beta + i, rest)), rest);
  }

  static void LayerNorm(const float* x, int64_t rows, int64_t width, const float* gamma, const float* beta,
                        float epsilon, float* y) {
    for (int64_t r = 0; r < rows; ++r)
      LayerNormRow(x + r * width, width, gamma, beta, epsilon, y + r * width);
  }

  static float MaximumOf(const float* x, int64_t size) {
    Register maximum = V::Set(x[0]);
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) maximum = V::Max(maximum, V::Load(x + i));
    if (i < size) maximum = V::Max(maximum, V::KeepPart(V::LoadPart(x + i, size - i), size - i, maximum));
    return V::Maximum(maximum);
  }

  // x = exp(scale x - maximum); returns the sum.
  static float Exponentials(float* x, int64_t size, float scale, float maximum) {
    const Register factor = V::Set(scale);
    const Register shift = V::Set(-maximum);
    Register sum = V::Set(0.0f);
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) {
      const Register e = Exp(V::Fma(factor, V::Load(x + i), shift));
      V::Store(x + i, e);
      sum = sum + e;
    }
    if (i < size) {
      const Register e = Exp(V::Fma(factor, V::LoadPart(x + i, size - i), shift));
      V::StorePart(x + i, e, size - i);
      sum = sum + V::KeepPart(e, size - i, V::Set(0.0f));
    }
    return V::Sum(sum);
  }

  static void Scale(float* x, float factor, int64_t size) {
    const Register f = V::Set(factor);
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) V::Store(x + i, f * V::Load(x + i));
    if (i < size) V::StorePart(x + i, f * V::LoadPart(x + i, size - i), size - i);
  }

  static void Softmax(float* x, int64_t rows, int64_t width, int64_t stride, float scale) {
    for (int64_t r = 0; r < rows; ++r) {
      float* row = x + r * stride;
      const float sum = Exponentials(row, width, scale, scale * MaximumOf(row, width));
      Scale(row, 1.0f / sum, width);
    }
  }

  static void SumRows(const float* x, int64_t rows, int64_t width, float* sum) {
    for (int64_t i = 0; i < width; ++i) sum[i] = 0.0f;
    for (int64_t r = 0; r < rows; ++r) Add(sum, x + r * width, width);
  }

  static void MaxRows(const float* x, int64_t rows, int64_t width, float* maximum) {
    for (int64_t i = 0; i < width; ++i) maximum[i] = x[i];
    for (int64_t r = 1; r < rows; ++r) {
      const float* row = x + r * width;
      int64_t i = 0;
      for (; i + kWidth <= width; i += kWidth) {
        V::Store(maximum + i, V::Max(V::Load(maximum + i), V::Load(row + i)));
      }
      for (; i < width; ++i) maximum[i] = row[i] > maximum[i] ? row[i] : maximum[i];
    }
  }

  static void L2Normalize(float* x, int64_t size) {
    const float squares = SumOfSquares(x, 0.0f, size);
    Scale(x, 1.0f / V::Sqrt(squares > 1e-12f ? squares : 1e-12f), size);
  }
};

// How a tile of sums leaves its registers.
template <class V>
struct SimdEpilogue {
  using Register = typename V::Register;
  using K = SimdKernels<V>;

  // The first `lanes` floats (all, when there are more), then zeros.
  static Register LoadLanes(const float* p, int64_t lanes) {
    if (lanes >= V::kWidth) return V::Load(p);
    return lanes > 0 ? V::LoadPart(p, lanes) : V::Set(0.0f);
  }

  static void StoreLanes(float* c, Register sum, int64_t lanes) {
    if (lanes >= V::kWidth) V::Store(c, sum);
    if (lanes > 0 && lanes < V::kWidth) V::StorePart(c, sum, lanes);
  }

  static void Finish(float* c, Register sum, int64_t lanes, Epilogue epilogue) {
    if (epilogue == Epilogue::accumulate) sum = LoadLanes(c, lanes) + sum;
    StoreLanes(c, sum, lanes);
  }

  // The epilogue's function over a tile that was just stored and is still in the nearest cache.
  static void Activate(float* c, int64_t rows, int64_t stride, int64_t columns, Epilogue epilogue) {
    for (int64_t r = 0; r < rows; ++r, c += stride) {
      if (epilogue == Epilogue::relu) K::template Map<K::ReluOf>(c, columns);
      if (epilogue == Epilogue::gelu) K::template Map<K::GeluOf>(c, columns);
      if (epilogue == Epilogue::gelu_tanh) K::template Map<K::GeluTanhOf>(c, columns);
      if (epilogue == Epilogue::tanh) K::template Map<K::TanhOf>(c, columns);
      if (epilogue == Epilogue::silu) K::template Map<K::SiluOf>(c, columns);
    }
  }
};

// The register-tiled product over packed panels of kRegisters registers, at most kRows rows at a time.
template <class V, int kRows, int kRegisters>
struct SimdGemm {
  using Register = typename V::Register;
  using End = SimdEpilogue<V>;
  static constexpr int64_t kPanelWidth = V::kWidth * kRegisters;

  // `rows` rows at `a` and `c` times the first `registers` registers of the panel at `b`, whose first column is
  // `column`. Unrolled, so that every sum stays in a register.
  template <int rows, int registers>
  static void Tile(const GemmArguments& g, const float* a, const float* b, float* c, int64_t column) {
    Register sums[rows][registers];
#pragma GCC unroll 16
    for (int j = 0; j < registers; ++j) {
      const int64_t first = column + j * V::kWidth;
      const Register bias = g.bias == nullptr ? V::Set(0.0f) : End::LoadLanes(g.bias + first, g.n - first);
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) sums[r][j] = bias;
    }
    const int64_t stride = g.a_stride;
    for (int64_t i = 0; i < g.k; ++i, b += kPanelWidth) {
      Register columns[registers];
#pragma GCC unroll 16
      for (int j = 0; j < registers; ++j) columns[j] = V::Load(b + j * V::kWidth);
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) {
        const Register value = V::Set(a[r * stride + i]);
#pragma GCC unroll 16
        for (int j = 0; j < registers; ++j) sums[r][j] = V::Fma(value, columns[j], sums[r][j]);
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
      for (int j = 0; j < registers; ++j) {
        const int64_t first = column + j * V::kWidth;
        End::Finish(c + r * g.c_stride + first, sums[r][j], g.n - first, g.epilogue);
      }
    }
  }

  template <int rows, int registers>
  static void TileOf(int64_t count, const GemmArguments& g, const float* a, const float* b, float* c,
                     int64_t column) {
    if constexpr (rows > 0) {
      if (count == rows) return Tile<rows, registers>(g, a, b, c, column);
      TileOf<rows - 1, registers>(count, g, a, b, c, column);
    }
  }

  // Rows are shared out evenly (8 as 4 + 4, not 6 + 2): a tile of few rows is bound by loads.
  template <int most_rows, int registers>
  static void RunPanel(const GemmArguments& g, int64_t column) {
    const int64_t tiles = (g.m + most_rows - 1) / most_rows;
    const float* b = g.packed_b + column * g.k;
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t first = g.m * t / tiles;
      const int64_t count = g.m * (t + 1) / tiles - first;
      float* c = g.c + first * g.c_stride;
      TileOf<most_rows, registers>(count, g, g.a + first * g.a_stride, b, c, column);
      const int64_t columns = g.n - column < kPanelWidth ? g.n - column : kPanelWidth;
      End::Activate(c + column, count, g.c_stride, columns, g.epilogue);
    }
  }

  // A panel that is half empty, such as that of the values of a head, gets tiles of half the width and twice the
  // rows.
  static void Run(const GemmArguments& g) {
    for (int64_t column = 0; column < g.n; column += kPanelWidth) {
      if (g.n - column > kPanelWidth / 2) {
        RunPanel<kRows, kRegisters>(g, column);
      } else {
        RunPanel<2 * kRows, kRegisters / 2>(g, column);
      }
    }
  }
};

template <class V, int kRows, int kRegisters>
constexpr Kernels MakeSimdKernels(const char* name) {
  using K = SimdKernels<V>;
  using G = SimdGemm<V, kRows, kRegisters>;
  return {
      .name = name,
      .panel_width = G::kPanelWidth,
      .gemm = G::Run,
      .layer_norm = K::LayerNorm,
      .softmax = K::Softmax,
      .relu = K::template Map<K::ReluOf>,
      .gelu = K::template Map<K::GeluOf>,
      .gelu_tanh = K::template Map<K::GeluTanhOf>,
      .tanh = K::template Map<K::TanhOf>,
      .silu = K::template Map<K::SiluOf>,
      .add = K::Add,
      .scale = K::Scale,
      .sum_rows = K::SumRows,
      .max_rows = K::MaxRows,
      .l2_normalize = K::L2Normalize,
  };
}

}  // namespace voisin::encoder
