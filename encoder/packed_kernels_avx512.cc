#include "encoder/kernels_registers_avx512.h"
#include "encoder/packed_kernels_simd.h"
#include "encoder/packed_kernels_tables.h"
#include "encoder/softmax_block_simd.h"

namespace voisin::encoder {
namespace {

struct Bf16Pairs {
  using Float = Float16;
  using Words = __m512i;
  using Sums = __m512;

  static Words Load(const uint32_t* p) { return _mm512_loadu_si512(p); }
  static Words Repeat(uint32_t word) { return _mm512_set1_epi32(static_cast<int>(word)); }
  static Sums Begin(const PackedGemmArguments&, int64_t, int64_t) { return _mm512_setzero_ps(); }
  static void Accumulate(Sums& sums, Words a, Words b) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sums) : "v"(a), "v"(b));
  }
  static __m512 ToFloat(Sums sums, const PackedGemmArguments&, int64_t, int64_t) { return sums; }
  static void StoreBf16(uint32_t* words, __m512 values, int64_t n) {
    const __m256i pairs = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values));
    const auto mask = static_cast<__mmask8>(n >= 8 ? 0xff : (1 << n) - 1);
    _mm256_mask_storeu_epi32(words, mask, pairs);
  }
};

struct Int8Quads {
  using Float = Float16;
  using Words = __m512i;
  using Sums = __m512i;

  static Words Load(const uint32_t* p) { return _mm512_loadu_si512(p); }
  static Words Repeat(uint32_t word) { return _mm512_set1_epi32(static_cast<int>(word)); }
  static Sums Begin(const PackedGemmArguments& g, int64_t row, int64_t column) {
    const __m512i zero = _mm512_set1_epi32(-g.row_zeros[row]);
    return _mm512_mullo_epi32(zero, _mm512_loadu_si512(g.column_sums + column));
  }
  // As asm: GCC 12 moves the sums of the intrinsic through memory.
  static void Accumulate(Sums& sums, Words a, Words b) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(a), "v"(b));
  }
  static __m512 ToFloat(Sums sums, const PackedGemmArguments& g, int64_t row, int64_t column) {
    const __m512 scale = Float16::Set(g.row_scales[row]) * Float16::Load(g.column_scales + column);
    return _mm512_cvtepi32_ps(sums) * scale;
  }
};

__m512 LoadSome(const float* x, int64_t n) { return n >= 16 ? Float16::Load(x) : Float16::LoadPart(x, n); }

void ConvertRowToBf16(const float* x, int64_t width, uint32_t* words) {
  for (int64_t i = 0; i < width; i += 16, words += 8) {
    Bf16Pairs::StoreBf16(words, LoadSome(x + i, width - i), (width - i + 1) / 2);
  }
}

void ConvertToBf16(const float* x, int64_t rows, int64_t width, uint32_t* words, float*, int32_t*) {
  const int64_t stride = (width + 1) / 2;
  for (int64_t r = 0; r < rows; ++r) ConvertRowToBf16(x + r * width, width, words + r * stride);
}

RowScale FindScale(const float* x, int64_t width) {
  __m512 smallest = _mm512_setzero_ps();
  __m512 largest = _mm512_setzero_ps();
  for (int64_t i = 0; i < width; i += 16) {
    const __m512 values = LoadSome(x + i, width - i);
    smallest = _mm512_min_ps(smallest, values);
    largest = _mm512_max_ps(largest, values);
  }
  return ScaleOf(_mm512_reduce_min_ps(smallest), _mm512_reduce_max_ps(largest));
}

void QuantizeRow(const float* x, int64_t width, const RowScale& row, uint32_t* words) {
  const __m512 inverse = _mm512_set1_ps(row.inverse);
  const __m512i zero = _mm512_set1_epi32(row.zero);
  for (int64_t i = 0; i < width; i += 16, words += 4) {
    const __m512i q = _mm512_add_epi32(_mm512_cvtps_epi32(LoadSome(x + i, width - i) * inverse), zero);
    const __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(q, _mm512_setzero_si512()));
    const int64_t count = (width - i + 3) / 4;
    const auto mask = static_cast<__mmask8>(count >= 4 ? 0xf : (1 << count) - 1);
    _mm_mask_storeu_epi32(words, mask, bytes);
  }
}

void Quantize(const float* x, int64_t rows, int64_t width, uint32_t* words, float* scales, int32_t* zeros) {
  const int64_t stride = (width + 3) / 4;
  for (int64_t r = 0; r < rows; ++r) {
    const RowScale row = FindScale(x + r * width, width);
    QuantizeRow(x + r * width, width, row, words + r * stride);
    scales[r] = row.scale;
    zeros[r] = row.zero;
  }
}

using Bf16Gemm = SimdPackedGemm<Bf16Pairs, 6, 4>;
using Int8Gemm = SimdPackedGemm<Int8Quads, 6, 4>;

}  // namespace

constinit const PackedKernels kAvx512Bf16Kernels = {
    "bf16 avx512bf16", Bf16Gemm::kPanelWidth, 2,
    Bf16Gemm::Run,     ConvertToBf16,         SimdSoftmaxBlock<Bf16Pairs>::Run};
constinit const PackedKernels kAvx512Int8Kernels = {
    "int8 avx512vnni", Int8Gemm::kPanelWidth, 4, Int8Gemm::Run, Quantize, nullptr};

}  // namespace voisin::encoder
