#pragma once

#include <cstdint>

#include "encoder/kernels.h"
#include "encoder/precision.h"

namespace voisin::encoder {

// Products of narrow operands, `depth` of them in a 32-bit word: bf16 pairs, int16 pairs or int8 quads.

// c[m x n] = epilogue(row_scales[i] * column_scales[j] * (a b - row_zeros[i] * column_sums[j]) + bias[j]) for
// int8; bf16 has neither scales, zeros nor sums. `a` holds m rows of `words` words, a_stride apart. `b` is packed: panels of
// panel_width columns, each `words` rows of panel_width words. Column data is as long as the panels together.
// Sums are over words in order: a row of c is the same, bit for bit, whatever m is; those of int8 are exact
// and the same on every processor.
struct PackedGemmArguments {
  const uint32_t* a = nullptr;
  int64_t a_stride = 0;  // words between rows
  const float* row_scales = nullptr;
  const int32_t* row_zeros = nullptr;
  const uint32_t* packed_b = nullptr;
  const float* column_scales = nullptr;
  const int32_t* column_sums = nullptr;
  const float* bias = nullptr;  // n floats, or null
  float* c = nullptr;
  int64_t c_stride = 0;  // floats between rows
  int64_t m = 0;
  int64_t n = 0;
  int64_t words = 0;
  Epilogue epilogue = Epilogue::store;
};

// Some rows of scores that meet the next of several blocks of keys (streamed softmax: Milakov and Gimelshein,
// "Online normalizer calculation for softmax", 2018). Per row, maxima is the largest scale * score so far, sums
// the sum of exp(scale * score - maximum) so far, context what those weights gave. They are brought to the new
// maximum, and `weights` become bf16 words of exp(scale * score - maximum), relative error below 2^-8; the last
// word of a row of odd length is filled with zero.
struct SoftmaxBlock {
  const float* scores = nullptr;  // [rows, keys], dense
  int64_t rows = 0;
  int64_t keys = 0;
  float scale = 1.0f;
  float* maxima = nullptr;
  float* sums = nullptr;
  float* context = nullptr;  // rows of `size` floats
  int64_t size = 0;
  int64_t context_stride = 0;
  uint32_t* weights = nullptr;  // [rows, ceil(keys / 2)], dense
};

// The loops of one precision on one instruction set. Stateless: safe from any thread.
struct PackedKernels {
  const char* name;     // "int8 avx512vnni" and the like
  int64_t panel_width;  // columns of one packed panel
  int64_t depth;        // operands in a word: 2 (16 bits each) or 4 (8 bits)
  void (*gemm)(const PackedGemmArguments& arguments);
  // Rows of `width` floats, dense, as rows of ceil(width / depth) words, the last filled with what adds
  // nothing. int8: x ~ scales[row] * (q - zeros[row]), q in 0..255 and zero exact; with depth 2 the words
  // hold q - zero and zeros[row] is 0. bf16: rounded to nearest even; scales and zeros are not used.
  void (*convert_rows)(const float* x, int64_t rows, int64_t width, uint32_t* words, float* scales,
                       int32_t* zeros);
  void (*soften)(const SoftmaxBlock& block);  // of bf16; null for int8
};

// Takes bf16 or int8.
const PackedKernels& ScalarPackedKernels(Precision precision);
// Null when this CPU lacks the instructions. AVX-512 means AVX512_BF16 for bf16, AVX512_VNNI for int8.
const PackedKernels* Avx2PackedKernels(Precision precision);
const PackedKernels* Avx512PackedKernels(Precision precision);
// The fastest of them on this CPU.
const PackedKernels& BestPackedKernels(Precision precision);

}  // namespace voisin::encoder
