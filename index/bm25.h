#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/lexical_index.h"

namespace voisin::index {

// A sum of contributions as a whole number of `Bm25::unit`. Whole numbers add up to the same in any order, so a score
// does not depend on the path that found it.
using Units = uint64_t;

// What BM25 knows of the live points.
struct LexicalTotals {
  uint64_t points = 0;
  uint64_t length = 0;  // of all points together
};

// A term of a query and how many live points have it.
struct CountedTerm {
  QueryTerm term;
  uint64_t points = 0;
};

// Of a term in `with` of `all` points.
double InverseDocumentFrequency(uint64_t all, uint64_t with);

// Scores of one query at one moment; the formula is that of LexicalIndex.
class Bm25 {
 public:
  // `terms`: distinct.
  Bm25(const LexicalParams& params, const LexicalTotals& totals, std::span<const CountedTerm> terms);

  // Of term number i of the query, for a point that has it `count` times among `length` terms. Never 0.
  Units Contribution(size_t i, uint32_t count, uint32_t length) const {
    return ToUnits(Raw(weights_[i], static_cast<float>(count), static_cast<float>(length)));
  }
  // The same for `size` of them at once; points[j] is a slot of `lengths`. ToUnits makes them contributions.
  void RawContributions(size_t i, const uint32_t* slots, const uint32_t* counts, const uint32_t* lengths,
                        size_t size, float* raw) const;
  static Units ToUnits(float raw) { return static_cast<Units>(static_cast<int64_t>(raw)) | 1; }

  // At least the contribution of every count up to this one at every length from this one on.
  Units Bound(size_t i, uint32_t count, uint32_t length) const;

  float Score(Units sum) const { return static_cast<float>(static_cast<double>(sum) * unit_); }
  // Every sum below it has a lower score.
  Units LeastUnits(float score) const;

 private:
  float Raw(float weight, float count, float length) const {
    return weight * count / (count + (base_norm_ + length_norm_ * length));
  }

  float base_norm_;             // k1 (1 - b)
  float length_norm_;           // k1 b / mean length
  std::vector<float> weights_;  // weight * idf * (k1 + 1) in units
  double unit_ = 1;             // score of one of the units
  double units_of_one_ = 1;     // a little fewer units than a score of 1 has
};

}  // namespace voisin::index
