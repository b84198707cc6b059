#include "index/kernels_int8.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)

#include <immintrin.h>

namespace voisin::index {
namespace {

inline __m512i Load(const int8_t* codes) { return _mm512_loadu_si512(codes); }

// vpdpbusd wants one side unsigned: the row is raised by 128, and what that adds, 128 times the sum of the query, is
// where the sums begin.
inline __m512i Step(__m512i query, __m512i row, __m512i sums) {
  return _mm512_dpbusd_epi32(sums, _mm512_xor_si512(row, _mm512_set1_epi8(-128)), query);
}

// -128 times the sum of the query, spread over the lanes.
inline __m512i Start(const int8_t* query, size_t stride) {
  __m512i raised = _mm512_setzero_si512();
  for (size_t i = 0; i < stride; i += kCodeBlock) {
    raised = _mm512_dpbusd_epi32(raised, _mm512_set1_epi8(-128), Load(query + i));
  }
  return _mm512_sub_epi32(_mm512_setzero_si512(), raised);
}

// (The zero-masking forms avoid the undefined operand that GCC 12 warns about.)
inline int32_t Sum(__m512i sums) {
  const __m256i half = _mm256_add_epi32(_mm512_maskz_extracti64x4_epi64(0xf, sums, 0),
                                        _mm512_maskz_extracti64x4_epi64(0xf, sums, 1));
  __m128i quarter = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  quarter = _mm_add_epi32(quarter, _mm_shuffle_epi32(quarter, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(quarter, _mm_shuffle_epi32(quarter, 0xb1)));
}

inline int32_t Reduce(const int8_t* query, const int8_t* row, size_t stride, __m512i start) {
  __m512i s0 = start, s1 = _mm512_setzero_si512();
  size_t i = 0;
  for (; i + 2 * kCodeBlock <= stride; i += 2 * kCodeBlock) {
    s0 = Step(Load(query + i), Load(row + i), s0);
    s1 = Step(Load(query + i + kCodeBlock), Load(row + i + kCodeBlock), s1);
  }
  if (i < stride) s0 = Step(Load(query + i), Load(row + i), s0);
  return Sum(_mm512_add_epi32(s0, s1));
}

int32_t InnerProduct(const int8_t* a, const int8_t* b, size_t stride) {
  return Reduce(a, b, stride, Start(a, stride));
}

constexpr size_t kRowsAhead = 8;

inline void Prefetch(const int8_t* row, size_t stride) {
  for (size_t i = 0; i < stride; i += kCodeBlock) {
    _mm_prefetch(reinterpret_cast<const char*>(row + i), _MM_HINT_T0);
  }
}

void InnerProducts(const int8_t* query, const int8_t* base, const uint32_t* rows, size_t count, size_t stride,
                   int32_t* out) {
  for (size_t i = 0; i < count && i < kRowsAhead; ++i) Prefetch(base + rows[i] * stride, stride);
  const __m512i start = Start(query, stride);
  for (size_t i = 0; i < count; ++i) {
    if (i + kRowsAhead < count) Prefetch(base + rows[i + kRowsAhead] * stride, stride);
    out[i] = Reduce(query, base + rows[i] * stride, stride, start);
  }
}

constexpr CodeKernels kTable = {"avx512-vnni", InnerProduct, InnerProducts};

}  // namespace

const CodeKernels* CompiledVnniCodeKernels() { return &kTable; }

}  // namespace voisin::index

#else

namespace voisin::index {

const CodeKernels* CompiledVnniCodeKernels() { return nullptr; }

}  // namespace voisin::index

#endif
