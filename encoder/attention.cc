#include "encoder/attention.h"

#include <algorithm>
#include <cmath>

#include "encoder/gemm.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kQueryBlock = 64;  // rows of the score matrix alive at a time

// One head of one text: `tokens` rows, `stride` floats apart in Q, K, V.
struct Head {
  const float* query;
  const float* key;
  const float* value;
  int64_t tokens;
  int64_t stride;
  int64_t size;   // floats of one token's query
  int64_t index;  // which head of the layer
};

void PackKeys(const Kernels& kernels, const Head& head, const TokenRange& keys, AttentionScratch& scratch) {
  const int64_t first = keys.begin * head.stride;
  PackTransposed(kernels, head.key + first, keys.size(), head.size, head.stride,
                 scratch.keys.Reserve(PackedSize(kernels, keys.size(), head.size)));
  PackRows(kernels, head.value + first, head.size, keys.size(), head.stride,
           scratch.values.Reserve(PackedSize(kernels, head.size, keys.size())));
}

// Context rows of `queries`, `context_stride` apart; the keys and values are packed.
void AttendRows(const Kernels& kernels, const Head& head, const AttentionPattern& pattern,
                const TokenRange& queries, const TokenRange& keys, AttentionScratch& scratch, float* context,
                int64_t context_stride) {
  float* scores = scratch.scores.Reserve(queries.size() * keys.size());
  kernels.gemm({.a = head.query + queries.begin * head.stride,
                .a_stride = head.stride,
                .packed_b = scratch.keys.data(),
                .c = scores,
                .c_stride = keys.size(),
                .m = queries.size(),
                .n = keys.size(),
                .k = head.size});
  const float scale = ApplyPattern(kernels, pattern, head.index, queries, keys,
                                   1.0f / std::sqrt(static_cast<float>(head.size)), scores);
  kernels.softmax(scores, queries.size(), keys.size(), keys.size(), scale);
  kernels.gemm({.a = scores,
                .a_stride = keys.size(),
                .packed_b = scratch.values.data(),
                .c = context + queries.begin * context_stride,
                .c_stride = context_stride,
                .m = queries.size(),
                .n = head.size,
                .k = keys.size()});
}

void Attend(const Kernels& kernels, const Head& head, const AttentionPattern& pattern,
            AttentionScratch& scratch, float* context, int64_t context_stride) {
  TokenRange packed;
  for (int64_t first = 0; first < head.tokens; first += kQueryBlock) {
    const TokenRange queries = {first, std::min(first + kQueryBlock, head.tokens)};
    const TokenRange keys = KeysOf(queries, pattern, head.tokens);
    if (!(keys == packed)) PackKeys(kernels, head, keys, scratch);
    packed = keys;
    AttendRows(kernels, head, pattern, queries, keys, scratch, context, context_stride);
  }
}

}  // namespace

void AttendEach(const float* qkv, std::span<const int32_t> cumulative_seq_lengths, int64_t width,
                int64_t heads, const AttentionPattern& pattern, AttentionScratch& scratch, float* context) {
  const Kernels& kernels = BestKernels();
  const int64_t size = width / heads;
  for (size_t text = 0; text + 1 < cumulative_seq_lengths.size(); ++text) {
    const int64_t begin = cumulative_seq_lengths[text];
    const int64_t tokens = cumulative_seq_lengths[text + 1] - begin;
    for (int64_t i = 0; i < heads; ++i) {
      const float* query = qkv + begin * 3 * width + i * size;
      const Head head = {query, query + width, query + 2 * width, tokens, 3 * width, size, i};
      Attend(kernels, head, pattern, scratch, context + begin * width + i * size, width);
    }
  }
}

}  // namespace voisin::encoder
