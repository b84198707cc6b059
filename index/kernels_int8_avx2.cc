#include "index/kernels_int8.h"

#if defined(__AVX2__)

#include <immintrin.h>

namespace voisin::index {
namespace {

inline __m256i Load(const int8_t* codes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
}

// Adds the 32 products to eight sums. vpmaddubsw wants one side unsigned: |a| * sign(b, a) = a * b, and because codes
// are at least -127, two products fit 16 bits.
inline __m256i Step(__m256i a, __m256i b, __m256i sums) {
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

inline int32_t Sum(__m256i sums) {
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1)));
}

int32_t InnerProduct(const int8_t* a, const int8_t* b, size_t stride) {
  __m256i s0 = _mm256_setzero_si256(), s1 = s0;
  for (size_t i = 0; i < stride; i += kCodeBlock) {
    s0 = Step(Load(a + i), Load(b + i), s0);
    s1 = Step(Load(a + i + 32), Load(b + i + 32), s1);
  }
  return Sum(_mm256_add_epi32(s0, s1));
}

// As in kernels_int8_vnni.cc, where it was measured.
constexpr size_t kRowsAhead = 8;

inline void Prefetch(const int8_t* row, size_t stride) {
  for (size_t i = 0; i < stride; i += kCodeBlock) {
    _mm_prefetch(reinterpret_cast<const char*>(row + i), _MM_HINT_T0);
  }
}

void InnerProducts(const int8_t* query, const int8_t* base, const uint32_t* rows, size_t count, size_t stride,
                   int32_t* out) {
  for (size_t i = 0; i < count && i < kRowsAhead; ++i) Prefetch(base + rows[i] * stride, stride);
  for (size_t i = 0; i < count; ++i) {
    if (i + kRowsAhead < count) Prefetch(base + rows[i + kRowsAhead] * stride, stride);
    out[i] = InnerProduct(query, base + rows[i] * stride, stride);
  }
}

constexpr CodeKernels kTable = {"avx2", InnerProduct, InnerProducts};

}  // namespace

const CodeKernels* CompiledAvx2CodeKernels() { return &kTable; }

}  // namespace voisin::index

#else

namespace voisin::index {

const CodeKernels* CompiledAvx2CodeKernels() { return nullptr; }

}  // namespace voisin::index

#endif
