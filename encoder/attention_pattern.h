#pragma once

#include <cstdint>

#include "encoder/kernels.h"
#include "encoder/positions.h"

namespace voisin::encoder {

// Which tokens of its text a token attends to, and how its distance to them counts.
struct AttentionPattern {
  int64_t reach = -1;                     // tokens at most so far away; -1: all
  const RelativeBias* bias = nullptr;     // added to the scaled scores; null: none
  const RotaryTable* rotation = nullptr;  // of queries and keys, before; null: none
};

// Tokens [begin, end) of a text.
struct TokenRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const TokenRange&) const = default;
};

// All that the queries of the range may attend to, in a text of `tokens`.
TokenRange KeysOf(const TokenRange& queries, const AttentionPattern& pattern, int64_t tokens);

// From products of queries and keys [queries, keys], dense, to what softmax takes. Adds the bias of head `head`
// to the scaled scores and makes those out of reach so low that softmax gives them no weight. Returns the factor
// that is still to be applied: `scale`, or 1 where there is a bias.
float ApplyPattern(const Kernels& kernels, const AttentionPattern& pattern, int64_t head,
                   const TokenRange& queries, const TokenRange& keys, float scale, float* scores);

}  // namespace voisin::encoder
