#pragma once

#include <immintrin.h>

#include <cstdint>

// Floats in the registers of one instruction set, in the form that kernels_simd.h takes. Included only by the
// files compiled for those instructions; the unnamed namespace keeps it out of every other file at link time.
namespace voisin::encoder {
namespace {

struct Float8 {
  using Register = __m256;
  static constexpr int64_t kWidth = 8;

  // All bits set in the first n lanes.
  static __m256i First(int64_t n) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lanes);
  }

  static Register Set(float x) { return _mm256_set1_ps(x); }
  static Register Load(const float* p) { return _mm256_loadu_ps(p); }
  static void Store(float* p, Register r) { _mm256_storeu_ps(p, r); }
  static Register LoadPart(const float* p, int64_t n) { return _mm256_maskload_ps(p, First(n)); }
  static void StorePart(float* p, Register r, int64_t n) { _mm256_maskstore_ps(p, First(n), r); }
  static Register KeepPart(Register r, int64_t n, Register other) {
    return _mm256_blendv_ps(other, r, _mm256_castsi256_ps(First(n)));
  }
  static Register Fma(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
  static Register Max(Register a, Register b) { return _mm256_max_ps(a, b); }
  static Register Min(Register a, Register b) { return _mm256_min_ps(a, b); }
  static Register Round(Register a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static Register PowerOfTwo(Register n) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
  }
  static float Sqrt(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }
  static float Sum(Register a) {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
  }
  static float Maximum(Register a) {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
  }
};

}  // namespace
}  // namespace voisin::encoder
