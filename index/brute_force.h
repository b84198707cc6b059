#pragma once

#include <span>

#include "index/scorer.h"
#include "index/top_k.h"

namespace voisin::index {

// Scores `rows` consecutive vectors that start at `base` and calls offer(row, score) for those that `best`
// still wants.
template <typename OfferRow>
void ScanBlock(const Scorer& scorer, const float* query, const float* base, uint32_t rows, const TopK& best,
               OfferRow offer) {
  constexpr uint32_t kBlock = 256;
  uint32_t ids[kBlock];
  float scores[kBlock];
  for (uint32_t begin = 0; begin < rows; begin += kBlock) {
    const uint32_t count = std::min(kBlock, rows - begin);
    for (uint32_t i = 0; i < count; ++i) ids[i] = begin + i;
    scorer.ScoreRows(query, base, ids, count, scores);
    for (uint32_t i = 0; i < count; ++i) {
      if (best.Wants(scores[i])) offer(begin + i, scores[i]);
    }
  }
}

// The exact nearest neighbours of `query` among the rows of `vectors`, whose ids are `ids`: the truth that
// approximate answers are compared with. Under cosine the caller has normalised both sides.
std::vector<Neighbor> BruteForce(const Scorer& scorer, std::span<const float> query,
                                 std::span<const PointId> ids, std::span<const float> vectors, size_t k,
                                 std::optional<float> min_score = std::nullopt);

}  // namespace voisin::index
