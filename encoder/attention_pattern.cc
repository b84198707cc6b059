#include "encoder/attention_pattern.h"

#include <algorithm>

namespace voisin::encoder {
namespace {

constexpr float kUnseen = -1e30f;

void MaskFar(const TokenRange& queries, const TokenRange& keys, int64_t reach, float* scores) {
  for (int64_t query = queries.begin; query < queries.end; ++query, scores += keys.size()) {
    const int64_t near = std::clamp(query - reach, keys.begin, keys.end) - keys.begin;
    const int64_t far = std::clamp(query + reach + 1, keys.begin, keys.end) - keys.begin;
    std::fill(scores, scores + near, kUnseen);
    std::fill(scores + far, scores + keys.size(), kUnseen);
  }
}

// scores = scale * scores + bias
void AddBias(const Kernels& kernels, const RelativeBias& bias, int64_t head, const TokenRange& queries,
             const TokenRange& keys, float scale, float* scores) {
  kernels.scale(scores, scale, queries.size() * keys.size());
  for (int64_t query = queries.begin; query < queries.end; ++query, scores += keys.size()) {
    kernels.add(scores, bias.OfKeys(head, query) + keys.begin, keys.size());
  }
}

}  // namespace

TokenRange KeysOf(const TokenRange& queries, const AttentionPattern& pattern, int64_t tokens) {
  if (pattern.reach < 0) return {0, tokens};
  return {std::max<int64_t>(0, queries.begin - pattern.reach), std::min(tokens, queries.end + pattern.reach)};
}

float ApplyPattern(const Kernels& kernels, const AttentionPattern& pattern, int64_t head,
                   const TokenRange& queries, const TokenRange& keys, float scale, float* scores) {
  if (pattern.bias != nullptr) AddBias(kernels, *pattern.bias, head, queries, keys, scale, scores);
  if (pattern.reach >= 0) MaskFar(queries, keys, pattern.reach, scores);
  return pattern.bias != nullptr ? 1.0f : scale;
}

}  // namespace voisin::encoder
