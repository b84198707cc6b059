#include "index/kernels.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)

#include <immintrin.h>

#include <cstring>

namespace voisin::index {
namespace {

inline float Sum(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 all = _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

struct Dot {
  static __m256 Step(__m256 a, __m256 b, __m256 sum) { return _mm256_fmadd_ps(a, b, sum); }
};

struct L2 {
  static __m256 Step(__m256 a, __m256 b, __m256 sum) {
    const __m256 difference = _mm256_sub_ps(a, b);
    return _mm256_fmadd_ps(difference, difference, sum);
  }
};

// The last length % 8 floats, zeros behind them.
inline __m256i TailMask(size_t rest) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(rest)), lanes);
}

template <typename Op>
inline float Reduce(const float* a, const float* b, size_t length) {
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 32 <= length; i += 32) {
    s0 = Op::Step(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    s1 = Op::Step(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
    s2 = Op::Step(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
    s3 = Op::Step(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
  }
  for (; i + 8 <= length; i += 8) s0 = Op::Step(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
  if (i < length) {
    const __m256i mask = TailMask(length - i);
    s1 = Op::Step(_mm256_maskload_ps(a + i, mask), _mm256_maskload_ps(b + i, mask), s1);
  }
  return Sum(s0, s1, s2, s3);
}

// Rows fetched ahead of the one that is being compared, into the second-level cache: the first level has too few
// places for misses to hold four rows. As in kernels_avx512.cc, where it was measured.
constexpr size_t kRowsAhead = 4;

inline void Prefetch(const float* row, size_t length) {
  for (size_t i = 0; i < length; i += 16) _mm_prefetch(reinterpret_cast<const char*>(row + i), _MM_HINT_T1);
}

template <typename Op>
inline void ReduceRows(const float* query, const float* base, const uint32_t* rows, size_t count,
                       size_t length, float* out) {
  for (size_t i = 0; i < count && i < kRowsAhead; ++i) Prefetch(base + rows[i] * length, length);
  for (size_t i = 0; i < count; ++i) {
    if (i + kRowsAhead < count) Prefetch(base + rows[i + kRowsAhead] * length, length);
    out[i] = Reduce<Op>(query, base + rows[i] * length, length);
  }
}

void Narrow(const float* values, size_t length, uint16_t* halves) {
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    const __m128i rounded = _mm256_cvtps_ph(_mm256_loadu_ps(values + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(halves + i), rounded);
  }
  if (i == length) return;
  const __m256 rest = _mm256_maskload_ps(values + i, TailMask(length - i));
  const __m128i rounded = _mm256_cvtps_ph(rest, _MM_FROUND_TO_NEAREST_INT);
  std::memcpy(halves + i, &rounded, (length - i) * sizeof(uint16_t));
}

void Widen(const uint16_t* halves, size_t length, float* values) {
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    const __m128i eight = _mm_loadu_si128(reinterpret_cast<const __m128i*>(halves + i));
    _mm256_storeu_ps(values + i, _mm256_cvtph_ps(eight));
  }
  if (i == length) return;
  __m128i rest = _mm_setzero_si128();
  std::memcpy(&rest, halves + i, (length - i) * sizeof(uint16_t));
  _mm256_maskstore_ps(values + i, TailMask(length - i), _mm256_cvtph_ps(rest));
}

constexpr Kernels kTable = {"avx2", Reduce<Dot>, Reduce<L2>, ReduceRows<Dot>, ReduceRows<L2>, Narrow, Widen};

}  // namespace

const Kernels* CompiledAvx2Kernels() { return &kTable; }

}  // namespace voisin::index

#else

namespace voisin::index {

const Kernels* CompiledAvx2Kernels() { return nullptr; }

}  // namespace voisin::index

#endif
