#include <algorithm>
#include <cmath>

#include "encoder/attention.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kQueryBlock = 48;  // whole tiles of the kernels
constexpr int64_t kKeyBlock = 128;   // whole panels of the kernels
constexpr float kLowest = -1e30f;

// One head of one text in words of two bfloat16: `tokens` rows, `stride` words apart in Q, K, V.
struct Head {
  const uint32_t* query;
  const uint32_t* key;
  const uint32_t* value;
  int64_t tokens;
  int64_t stride;
  int64_t words;  // of one token's query
  int64_t index;  // which head of the layer
};

int64_t RoundUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// Panels of keys, each `words` rows; keys that are missing are zero.
void PackKeys(const Head& head, const TokenRange& keys, int64_t panel, uint32_t* packed) {
  for (int64_t first = keys.begin; first < keys.end; first += panel, packed += panel * head.words) {
    const int64_t columns = std::min(panel, keys.end - first);
    const uint32_t* key = head.key + first * head.stride;
    for (int64_t word = 0; word < head.words; ++word) {
      uint32_t* row = packed + word * panel;
      for (int64_t j = 0; j < columns; ++j) row[j] = key[j * head.stride + word];
      std::fill(row + columns, row + panel, 0u);
    }
  }
}

// Words of two components of one token become words of one component of two tokens, `a` and `b`.
void Interleave(const uint32_t* a, const uint32_t* b, int64_t words, uint32_t* row) {
  for (int64_t i = 0; i < words; ++i) {
    row[2 * i] = (a[i] & 0xffffu) | b[i] << 16;
    row[2 * i + 1] = a[i] >> 16 | (b[i] & 0xffff0000u);
  }
}

// Panels of components, each a row for every two tokens; a token that is missing is zero.
void PackValues(const Head& head, const TokenRange& keys, int64_t panel, uint32_t* packed) {
  static constexpr uint32_t kZeros[kKeyBlock] = {};
  for (int64_t first = 0; first < head.words; first += panel / 2) {
    const int64_t words = std::min(panel / 2, head.words - first);
    for (int64_t token = keys.begin; token < keys.end; token += 2, packed += panel) {
      const uint32_t* a = head.value + token * head.stride + first;
      Interleave(a, token + 1 < keys.end ? a + head.stride : kZeros, words, packed);
      std::fill(packed + 2 * words, packed + panel, 0u);
    }
  }
}

class Attention {
 public:
  Attention(const PackedKernels& kernels, const AttentionPattern& pattern, int64_t width,
            AttentionScratch& scratch)
      : kernels_(kernels), pattern_(pattern), width_(width), scratch_(scratch) {}

  // Rows of `context` are `width` apart.
  void Attend(const Head& head, float* context) {
    TokenRange packed;
    for (int64_t first = 0; first < head.tokens; first += kQueryBlock) {
      const TokenRange queries = {first, std::min(first + kQueryBlock, head.tokens)};
      const TokenRange keys = KeysOf(queries, pattern_, head.tokens);
      if (!(keys == packed)) Pack(head, keys);
      packed = keys;
      AttendRows(head, queries, keys, context + first * width_);
    }
  }

 private:
  // Words that one block of values takes.
  int64_t ValueBlock(const Head& head) const {
    return kKeyBlock / 2 * RoundUp(2 * head.words, kernels_.panel_width);
  }

  void Pack(const Head& head, const TokenRange& keys) {
    const int64_t panel = kernels_.panel_width;
    PackKeys(head, keys, panel, scratch_.key_words.Reserve(RoundUp(keys.size(), panel) * head.words));
    uint32_t* values =
        scratch_.value_words.Reserve(RoundUp(keys.size(), kKeyBlock) / kKeyBlock * ValueBlock(head));
    for (int64_t first = keys.begin; first < keys.end; first += kKeyBlock, values += ValueBlock(head)) {
      PackValues(head, {first, std::min(first + kKeyBlock, keys.end)}, panel, values);
    }
  }

  void AttendRows(const Head& head, const TokenRange& queries, const TokenRange& keys, float* context) {
    const int64_t size = 2 * head.words;
    float* sums = scratch_.sums.Reserve(kQueryBlock);
    std::fill_n(scratch_.maxima.Reserve(kQueryBlock), kQueryBlock, kLowest);
    std::fill_n(sums, kQueryBlock, 0.0f);
    for (int64_t row = 0; row < queries.size(); ++row) std::fill_n(context + row * width_, size, 0.0f);
    for (int64_t first = 0; first < keys.size(); first += kKeyBlock) {
      const TokenRange block = {keys.begin + first, std::min(keys.begin + first + kKeyBlock, keys.end)};
      AttendBlock(head, queries, block, scratch_.key_words.data() + first * head.words,
                  scratch_.value_words.data() + first / kKeyBlock * ValueBlock(head), context);
    }
    for (int64_t row = 0; row < queries.size(); ++row) {
      BestKernels().scale(context + row * width_, 1.0f / sums[row], size);
    }
  }

  void AttendBlock(const Head& head, const TokenRange& queries, const TokenRange& keys,
                   const uint32_t* key_words, const uint32_t* value_words, float* context) {
    const int64_t pairs = (keys.size() + 1) / 2;
    float* scores = scratch_.scores.Reserve(kQueryBlock * kKeyBlock);
    uint32_t* weights = scratch_.weight_words.Reserve(kQueryBlock * kKeyBlock / 2);
    kernels_.gemm({.a = head.query + queries.begin * head.stride,
                   .a_stride = head.stride,
                   .packed_b = key_words,
                   .c = scores,
                   .c_stride = keys.size(),
                   .m = queries.size(),
                   .n = keys.size(),
                   .words = head.words});
    const float scale = ApplyPattern(BestKernels(), pattern_, head.index, queries, keys,
                                     1.0f / std::sqrt(static_cast<float>(2 * head.words)), scores);
    kernels_.soften({.scores = scores,
                     .rows = queries.size(),
                     .keys = keys.size(),
                     .scale = scale,
                     .maxima = scratch_.maxima.data(),
                     .sums = scratch_.sums.data(),
                     .context = context,
                     .size = 2 * head.words,
                     .context_stride = width_,
                     .weights = weights});
    kernels_.gemm({.a = weights,
                   .a_stride = pairs,
                   .packed_b = value_words,
                   .c = context,
                   .c_stride = width_,
                   .m = queries.size(),
                   .n = 2 * head.words,
                   .words = pairs,
                   .epilogue = Epilogue::accumulate});
  }

  const PackedKernels& kernels_;
  const AttentionPattern& pattern_;
  const int64_t width_;
  AttentionScratch& scratch_;
};

}  // namespace

void AttendEachBf16(const PackedKernels& kernels, const float* qkv,
                    std::span<const int32_t> cumulative_seq_lengths, int64_t width, int64_t heads,
                    const AttentionPattern& pattern, AttentionScratch& scratch, float* context) {
  const int64_t words = width / heads / 2;
  const int64_t stride = 3 * width / 2;
  Attention attention(kernels, pattern, width, scratch);
  for (size_t text = 0; text + 1 < cumulative_seq_lengths.size(); ++text) {
    const int64_t begin = cumulative_seq_lengths[text];
    const int64_t tokens = cumulative_seq_lengths[text + 1] - begin;
    uint32_t* rows = scratch.text_words.Reserve(tokens * stride);
    kernels.convert_rows(qkv + begin * 3 * width, tokens, 3 * width, rows, nullptr, nullptr);
    for (int64_t i = 0; i < heads; ++i) {
      const uint32_t* query = rows + i * words;
      attention.Attend({query, query + width / 2, query + width, tokens, stride, words, i},
                       context + begin * width + 2 * i * words);
    }
  }
}

}  // namespace voisin::encoder
