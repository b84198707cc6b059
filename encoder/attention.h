#pragma once

#include <span>

#include "encoder/attention_pattern.h"
#include "encoder/float_buffer.h"
#include "encoder/packed_kernels.h"

namespace voisin::encoder {

// Working memory of attention; grows to the longest text seen.
struct AttentionScratch {
  FloatBuffer keys;
  FloatBuffer values;
  FloatBuffer scores;
  // bf16: the text, its packed keys and values, a tile of weights; what softmax knows of each query.
  AlignedBuffer<uint32_t> text_words;
  AlignedBuffer<uint32_t> key_words;
  AlignedBuffer<uint32_t> value_words;
  AlignedBuffer<uint32_t> weight_words;
  FloatBuffer maxima;
  FloatBuffer sums;
};

// softmax(Q K^T / sqrt(width / heads) + bias) V within each text (Vaswani et al., 2017), over the tokens that
// `pattern` lets each see (its rotation has been done). `qkv` [tokens, 3 width] holds Q, K, V side by side;
// text i owns rows [cumulative_seq_lengths[i], cumulative_seq_lengths[i + 1]). `context` [tokens, width].
// `heads` divides `width`.
void AttendEach(const float* qkv, std::span<const int32_t> cumulative_seq_lengths, int64_t width,
                int64_t heads, const AttentionPattern& pattern, AttentionScratch& scratch, float* context);

// The same with Q, K, V and the weights of V rounded to bfloat16, sums and softmax in fp32, over blocks of keys
// one after the other: no score outlives its block (Dao et al., "FlashAttention", 2022). width / heads is even.
// `kernels` are of bf16.
void AttendEachBf16(const PackedKernels& kernels, const float* qkv,
                    std::span<const int32_t> cumulative_seq_lengths, int64_t width, int64_t heads,
                    const AttentionPattern& pattern, AttentionScratch& scratch, float* context);

}  // namespace voisin::encoder
