#pragma once

#include <span>

#include "index/aligned.h"
#include "index/scorer.h"

namespace voisin::index {

// Rows of vectors in half precision, and how far a score by them may be from the score by the vectors themselves:
// |<q, x> - <q, h>| <= |q| |x - h|, and ||q - x| - |q - h|| <= |x - h|.
class HalfVectors {
 public:
  struct Bounds {
    float least = 0;
    float most = 0;
  };

  HalfVectors() = default;
  // `vectors` are rows of `dimensions` finite floats. Those with a number beyond a half's are not kept, nor any.
  HalfVectors(std::span<const float> vectors, size_t dimensions);

  bool empty() const { return halves_.empty(); }
  uint64_t memory_bytes() const { return halves_.size() * sizeof(uint16_t); }

  // out[i]: where the score of row rows[i] lies. `query_length` is at least the query's.
  void ScoreRows(const Scorer& scorer, const float* query, float query_length, std::span<const uint32_t> rows,
                 Bounds* out) const;

 private:
  Bounds Around(Metric metric, float score, float query_length) const;

  size_t dimensions_ = 0;
  AlignedVector<uint16_t> halves_;
  float error_ = 0;   // at least the length of every x - h
  float radius_ = 0;  // at least that of every x
};

}  // namespace voisin::index
