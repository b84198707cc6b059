#include "index/brute_force.h"

namespace voisin::index {

std::vector<Neighbor> BruteForce(const Scorer& scorer, std::span<const float> query,
                                 std::span<const PointId> ids, std::span<const float> vectors, size_t k,
                                 std::optional<float> min_score) {
  TopK best(k, min_score);
  ScanBlock(scorer, query.data(), vectors.data(), static_cast<uint32_t>(ids.size()), best,
            [&](uint32_t row, float score) {
              best.Offer({ids[row], score});
            });
  return best.Take();
}

}  // namespace voisin::index
