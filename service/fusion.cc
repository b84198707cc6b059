#include "service/fusion.h"

#include <algorithm>
#include <cmath>

#include "service/errors.h"

namespace voisin::service {
namespace {

constexpr uint32_t kDefaultRrfK = 60;
constexpr uint32_t kMostRrfK = 10'000;
constexpr uint32_t kMostCandidates = 10'000;

// The rank of each of `ids` (ascending) in `ranked`.
std::vector<uint32_t> RanksOf(std::span<const index::PointId> ids, std::span<const index::Neighbor> ranked) {
  std::vector<uint32_t> ranks(ids.size());
  for (size_t i = 0; i < ranked.size(); ++i) {
    const auto place = std::ranges::lower_bound(ids, ranked[i].id) - ids.begin();
    ranks[static_cast<size_t>(place)] = static_cast<uint32_t>(i + 1);
  }
  return ranks;
}

// Scores brought to one scale, where 1 is about the best.
class Scale {
 public:
  static Scale Dense(index::Metric metric, std::span<const float> scores) {
    return {metric, metric == index::Metric::dot ? Greatest(scores) : 1};
  }
  static Scale Lexical(std::span<const float> scores) { return {index::Metric::dot, Greatest(scores)}; }

  float operator()(float score) const {
    return metric_ == index::Metric::l2 ? 1 / (1 - score) : score / unit_;
  }

 private:
  Scale(index::Metric metric, float unit) : metric_(metric), unit_(unit) {}
  static float Greatest(std::span<const float> scores) {
    float greatest = 0;
    for (const float score : scores) greatest = std::max(greatest, std::abs(score));
    return greatest > 0 ? greatest : 1;
  }

  index::Metric metric_;
  float unit_;
};

float Reciprocal(uint32_t rrf_k, uint32_t rank) {
  return rank == 0 ? 0 : 1 / (static_cast<float>(rrf_k) + static_cast<float>(rank));
}

bool Better(const Fused& a, const Fused& b) {
  if (a.neighbor.score != b.neighbor.score) return a.neighbor.score > b.neighbor.score;
  return a.neighbor.id < b.neighbor.id;
}

}  // namespace

std::vector<Fused> Fuse(const Fusion& fusion, float dense_weight, index::Metric metric,
                        std::span<const index::PointId> ids, const FusionList& dense,
                        const FusionList& lexical) {
  const std::vector<uint32_t> dense_ranks = RanksOf(ids, dense.ranked),
                              lexical_ranks = RanksOf(ids, lexical.ranked);
  const Scale dense_scale = Scale::Dense(metric, dense.scores),
              lexical_scale = Scale::Lexical(lexical.scores);
  const uint32_t k = fusion.rrf_k == 0 ? kDefaultRrfK : fusion.rrf_k;
  std::vector<Fused> fused(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    fused[i].match = {dense.scores[i], lexical.scores[i], dense_ranks[i], lexical_ranks[i]};
    const bool weighted = fusion.kind == Fusion::Kind::weighted;
    const float by_vector = weighted ? dense_scale(dense.scores[i]) : Reciprocal(k, dense_ranks[i]);
    const float by_words = weighted ? lexical_scale(lexical.scores[i]) : Reciprocal(k, lexical_ranks[i]);
    fused[i].neighbor = {ids[i], dense_weight * by_vector + (1 - dense_weight) * by_words};
  }
  std::ranges::sort(fused, Better);
  return fused;
}

absl::Status CheckFusion(const Fusion& fusion) {
  if (fusion.dense_weight && !(*fusion.dense_weight >= 0 && *fusion.dense_weight <= 1)) {
    return InvalidField("fusion.dense_weight",
                        "expected a number from 0 to 1, got " + std::to_string(*fusion.dense_weight));
  }
  if (fusion.rrf_k > kMostRrfK) {
    return InvalidField("fusion.rrf_k", "expected 1 to " + std::to_string(kMostRrfK) +
                                            " (0: " + std::to_string(kDefaultRrfK) + "), got " +
                                            std::to_string(fusion.rrf_k));
  }
  if (fusion.candidates > kMostCandidates) {
    return InvalidField("fusion.candidates", "expected 1 to " + std::to_string(kMostCandidates) +
                                                 " (0: 100), got " + std::to_string(fusion.candidates));
  }
  return absl::OkStatus();
}

}  // namespace voisin::service
