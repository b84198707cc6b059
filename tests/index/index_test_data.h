#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "index/brute_force.h"
#include "index/vector_index.h"

namespace voisin::index::test {

// Seeded vectors around random centres, as text embeddings lie, with a part that repeats earlier ones
// exactly.
class ClusteredData {
 public:
  ClusteredData(uint64_t seed, uint32_t dimensions, uint32_t clusters = 50, double noise = 0.5)
      : random_(seed), dimensions_(dimensions), noise_(noise) {
    for (uint32_t i = 0; i < clusters; ++i) centres_.push_back(Gaussian(1));
  }

  std::vector<float> Next() {
    std::vector<float> vector = Gaussian(noise_);
    const std::vector<float>& centre = centres_[random_() % centres_.size()];
    for (uint32_t i = 0; i < dimensions_; ++i) vector[i] += centre[i];
    return vector;
  }

 private:
  std::vector<float> Gaussian(double deviation) {
    std::normal_distribution<float> normal(0, static_cast<float>(deviation));
    std::vector<float> vector(dimensions_);
    for (float& x : vector) x = normal(random_);
    return vector;
  }

  std::mt19937_64 random_;
  uint32_t dimensions_;
  double noise_;
  std::vector<std::vector<float>> centres_;
};

inline double Recall(std::span<const Neighbor> found, std::span<const Neighbor> truth) {
  if (truth.empty()) return 1;
  size_t hits = 0;
  for (const Neighbor& expected : truth) {
    // An equal score is as good as the same point: identical vectors have no order of their own.
    for (const Neighbor& neighbor : found) {
      if (neighbor.id == expected.id ||
          (neighbor.score == expected.score && neighbor.score == truth.back().score)) {
        ++hits;
        break;
      }
    }
  }
  return static_cast<double>(hits) / static_cast<double>(truth.size());
}

}  // namespace voisin::index::test
