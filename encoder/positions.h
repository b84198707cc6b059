#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace voisin::encoder {

// How a token's place in its text enters a transformer. Tables are made at load and immutable; any number of
// threads may use them.

// [positions, 2 n]: row t = sin(t f_0) .. sin(t f_n-1), cos(t f_0) .. cos(t f_n-1) for n inverse timescales
// f, in float32 (tensor2tensor's timing signal: two blocks, not interleaved).
std::vector<float> SinusoidalPositions(std::span<const float> inverse_timescales, int64_t positions);

// Rotary positions (Su et al., "RoFormer", 2021): at position t the pair (i, i + rotated / 2) of a head is
// turned by t theta^(-2 i / rotated).
class RotaryTable {
 public:
  // `rotated` is even: the first so many numbers of each head.
  RotaryTable(int64_t rotated, double theta, int64_t positions);
  // Queries and keys of `qkv` [tokens, 3 width], in place.
  void RotateEach(std::span<const int32_t> cumulative_seq_lengths, int64_t heads, int64_t width,
                  float* qkv) const;

 private:
  void Rotate(int64_t position, int64_t heads, int64_t size, float* x) const;

  int64_t half_;
  std::vector<float> cosines_;  // [positions, half]
  std::vector<float> sines_;
};

// What a head adds to a score for the distance between query and key: a learned number for each bucket of
// distances, as in T5 (Raffel et al., 2020) and MPNet, up to a distance of 128.
class RelativeBias {
 public:
  // `table` [buckets, heads].
  RelativeBias(std::span<const float> table, int64_t buckets, int64_t heads, int64_t positions);
  // The bias of a query at position `query` to the key at position 0, 1, ... `positions` - 1.
  const float* OfKeys(int64_t head, int64_t query) const {
    return values_.data() + head * (2 * positions_ - 1) + positions_ - 1 - query;
  }

 private:
  int64_t positions_;
  std::vector<float> values_;  // [heads, 2 positions - 1] by key - query
};

}  // namespace voisin::encoder
