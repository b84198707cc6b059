#pragma once

#include "encoder/kernels_simd.h"
#include "encoder/packed_kernels.h"

// Streamed softmax, written once over a type W; included only by the files compiled for one instruction set, like
// kernels_simd.h. W: Float (a V of kernels_simd.h) and StoreBf16(words, register, n), which writes the first n words
// of a register's floats as bfloat16 pairs.
namespace voisin::encoder {

template <class W>
struct SimdSoftmaxBlock {
  using V = typename W::Float;
  using Register = typename V::Register;
  using K = SimdKernels<V>;
  static constexpr int64_t kWidth = V::kWidth;

  // 2^x for x <= 0, relative error below 1.1e-4, a fraction of what rounding to bfloat16 costs. (2^f for |f| <= 1/2
  // by the cubic through its Chebyshev nodes.)
  static Register PowerOfTwo(Register x) {
    x = V::Max(x, V::Set(-126.0f));
    const Register n = V::Round(x);
    const Register f = x - n;
    Register p = V::Fma(V::Set(0.05583828f), f, V::Set(0.24263948f));
    p = V::Fma(p, f, V::Set(0.69313673f));
    p = V::Fma(p, f, V::Set(0.99992456f));
    return p * V::PowerOfTwo(n);
  }

  // Returns the sum of the weights before they are rounded.
  static float Weigh(const float* scores, int64_t keys, float scale, float maximum, uint32_t* weights) {
    constexpr float kLog2E = 1.44269504f;
    const Register factor = V::Set(scale * kLog2E);
    const Register shift = V::Set(-maximum * kLog2E);
    Register sum = V::Set(0.0f);
    int64_t i = 0;
    for (; i + kWidth <= keys; i += kWidth) {
      const Register weight = PowerOfTwo(V::Fma(factor, V::Load(scores + i), shift));
      sum = sum + weight;
      W::StoreBf16(weights + i / 2, weight, kWidth / 2);
    }
    if (i < keys) {
      const Register all = PowerOfTwo(V::Fma(factor, V::LoadPart(scores + i, keys - i), shift));
      const Register weight = V::KeepPart(all, keys - i, V::Set(0.0f));
      sum = sum + weight;
      W::StoreBf16(weights + i / 2, weight, (keys - i + 1) / 2);
    }
    return V::Sum(sum);
  }

  static void Row(const SoftmaxBlock& b, int64_t row) {
    const float* scores = b.scores + row * b.keys;
    const float before = b.maxima[row];
    const float here = b.scale * K::MaximumOf(scores, b.keys);
    const float maximum = here > before ? here : before;
    if (maximum > before) {
      const float factor = V::Maximum(K::Exp(V::Set(before - maximum)));
      K::Scale(b.context + row * b.context_stride, factor, b.size);
      b.sums[row] *= factor;
      b.maxima[row] = maximum;
    }
    b.sums[row] += Weigh(scores, b.keys, b.scale, maximum, b.weights + row * ((b.keys + 1) / 2));
  }

  static void Run(const SoftmaxBlock& block) {
    for (int64_t row = 0; row < block.rows; ++row) Row(block, row);
  }
};

}  // namespace voisin::encoder
