#include "encoder/kernels_registers_avx2.h"
#include "encoder/packed_kernels_simd.h"
#include "encoder/packed_kernels_tables.h"
#include "encoder/softmax_block_simd.h"

namespace voisin::encoder {
namespace {

// A bfloat16 is the upper half of a float.
struct Bf16Pairs {
  using Float = Float8;
  using Words = __m256i;
  using Sums = __m256;

  static Words Load(const uint32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Words Repeat(uint32_t word) { return _mm256_set1_epi32(static_cast<int>(word)); }
  static Sums Begin(const PackedGemmArguments&, int64_t, int64_t) { return _mm256_setzero_ps(); }
  static __m256 Low(Words words) { return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16)); }
  static __m256 High(Words words) {
    return _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(static_cast<int>(0xffff0000u))));
  }
  static void Accumulate(Sums& sums, Words a, Words b) {
    sums = _mm256_fmadd_ps(High(a), High(b), sums);
    sums = _mm256_fmadd_ps(Low(a), Low(b), sums);
  }
  static __m256 ToFloat(Sums sums, const PackedGemmArguments&, int64_t, int64_t) { return sums; }
};

// Eight-bit operands in sixteen bits: products of bytes in pairs would saturate.
struct Int16Pairs {
  using Float = Float8;
  using Words = __m256i;
  using Sums = __m256i;

  static Words Load(const uint32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Words Repeat(uint32_t word) { return _mm256_set1_epi32(static_cast<int>(word)); }
  static Sums Begin(const PackedGemmArguments&, int64_t, int64_t) { return _mm256_setzero_si256(); }
  // As asm: GCC 12 moves the sums of the intrinsics through memory.
  static void Accumulate(Sums& sums, Words a, Words b) {
    Words products;
    asm("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sums), "=&x"(products) : "x"(a), "x"(b));
  }
  static __m256 ToFloat(Sums sums, const PackedGemmArguments& g, int64_t row, int64_t column) {
    const __m256 scale = Float8::Set(g.row_scales[row]) * Float8::Load(g.column_scales + column);
    return _mm256_cvtepi32_ps(sums) * scale;
  }
};

__m256 LoadSome(const float* x, int64_t n) { return n >= 8 ? Float8::Load(x) : Float8::LoadPart(x, n); }

// The low 16 bits of each lane, in four words, of which `count` are stored.
void StorePairs(__m256i lanes, int64_t count, uint32_t* words) {
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(lanes, lanes), 0x08);
  const __m128i pairs = _mm256_castsi256_si128(packed);
  if (count >= 4) return _mm_storeu_si128(reinterpret_cast<__m128i*>(words), pairs);
  const __m128i mask = _mm256_castsi256_si128(Float8::First(count));
  _mm_maskstore_epi32(reinterpret_cast<int*>(words), mask, pairs);
}

// To nearest, ties to even.
__m256i RoundToBf16(__m256 x) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i half = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
  return _mm256_srli_epi32(_mm256_add_epi32(bits, half), 16);
}

struct Bf16Rows {
  using Float = Float8;
  static void StoreBf16(uint32_t* words, __m256 values, int64_t n) {
    StorePairs(RoundToBf16(values), n, words);
  }
};

void ConvertToBf16(const float* x, int64_t rows, int64_t width, uint32_t* words, float*, int32_t*) {
  const int64_t stride = (width + 1) / 2;
  for (int64_t r = 0; r < rows; ++r, x += width, words += stride) {
    for (int64_t i = 0; i < width; i += 8) {
      StorePairs(RoundToBf16(LoadSome(x + i, width - i)), (width - i + 1) / 2, words + i / 2);
    }
  }
}

RowScale FindScale(const float* x, int64_t width) {
  __m256 smallest = _mm256_setzero_ps();
  __m256 largest = _mm256_setzero_ps();
  for (int64_t i = 0; i < width; i += 8) {
    const __m256 values = LoadSome(x + i, width - i);
    smallest = _mm256_min_ps(smallest, values);
    largest = _mm256_max_ps(largest, values);
  }
  return ScaleOf(-Float8::Maximum(Float8::Set(0.0f) - smallest), Float8::Maximum(largest));
}

void QuantizeRow(const float* x, int64_t width, const RowScale& row, uint32_t* words) {
  const __m256i zero = _mm256_set1_epi32(row.zero);
  for (int64_t i = 0; i < width; i += 8) {
    const __m256 scaled = LoadSome(x + i, width - i) * Float8::Set(row.inverse);
    const __m256i q = _mm256_add_epi32(_mm256_cvtps_epi32(scaled), zero);
    const __m256i byte =
        _mm256_min_epi32(_mm256_max_epi32(q, _mm256_setzero_si256()), _mm256_set1_epi32(255));
    const __m256i low = _mm256_and_si256(_mm256_sub_epi32(byte, zero), _mm256_set1_epi32(0xffff));
    StorePairs(low, (width - i + 1) / 2, words + i / 2);
  }
}

void Quantize(const float* x, int64_t rows, int64_t width, uint32_t* words, float* scales, int32_t* zeros) {
  const int64_t stride = (width + 1) / 2;
  for (int64_t r = 0; r < rows; ++r) {
    const RowScale row = FindScale(x + r * width, width);
    QuantizeRow(x + r * width, width, row, words + r * stride);
    scales[r] = row.scale;
    zeros[r] = 0;
  }
}

using Bf16Gemm = SimdPackedGemm<Bf16Pairs, 4, 2>;
using Int8Gemm = SimdPackedGemm<Int16Pairs, 6, 2>;

}  // namespace

constinit const PackedKernels kAvx2Bf16Kernels = {
    "bf16 avx2", Bf16Gemm::kPanelWidth, 2, Bf16Gemm::Run, ConvertToBf16, SimdSoftmaxBlock<Bf16Rows>::Run};
constinit const PackedKernels kAvx2Int8Kernels = {
    "int8 avx2", Int8Gemm::kPanelWidth, 2, Int8Gemm::Run, Quantize, nullptr};

}  // namespace voisin::encoder
