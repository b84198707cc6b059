#pragma once

#include <immintrin.h>

#include <cstdint>

// Floats in the registers of one instruction set, in the form that kernels_simd.h takes. Included only by the
// files compiled for those instructions; the unnamed namespace keeps it out of every other file at link time.
namespace voisin::encoder {
namespace {

struct Float16 {
  using Register = __m512;
  static constexpr int64_t kWidth = 16;

  static __mmask16 First(int64_t n) { return static_cast<__mmask16>((1u << n) - 1u); }

  static Register Set(float x) { return _mm512_set1_ps(x); }
  static Register Load(const float* p) { return _mm512_loadu_ps(p); }
  static void Store(float* p, Register r) { _mm512_storeu_ps(p, r); }
  static Register LoadPart(const float* p, int64_t n) { return _mm512_maskz_loadu_ps(First(n), p); }
  static void StorePart(float* p, Register r, int64_t n) { _mm512_mask_storeu_ps(p, First(n), r); }
  static Register KeepPart(Register r, int64_t n, Register other) {
    return _mm512_mask_blend_ps(First(n), other, r);
  }
  static Register Fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
  static Register Max(Register a, Register b) { return _mm512_max_ps(a, b); }
  static Register Min(Register a, Register b) { return _mm512_min_ps(a, b); }
  static Register Round(Register a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static Register PowerOfTwo(Register n) { return _mm512_scalef_ps(Set(1.0f), n); }
  static float Sqrt(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }
  static float Sum(Register a) { return _mm512_reduce_add_ps(a); }
  static float Maximum(Register a) { return _mm512_reduce_max_ps(a); }
};

}  // namespace
}  // namespace voisin::encoder
