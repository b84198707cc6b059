#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "index/brute_force.h"
#include "index/graph_segment.h"
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

inline std::vector<float> Rows(ClusteredData& data, size_t count, float shift = 0) {
  std::vector<float> rows;
  for (size_t i = 0; i < count; ++i) {
    for (float x : data.Next()) rows.push_back(x + shift);
  }
  return rows;
}

// One point and one node for each row, without links: a walk ends where it enters.
inline SegmentArrays Unlinked(Metric metric, uint32_t dimensions, std::span<const float> rows) {
  SegmentArrays arrays;
  arrays.dimensions = dimensions;
  arrays.vectors.assign(rows.begin(), rows.end());
  arrays.codes = Quantize(metric, dimensions, rows);
  const size_t count = rows.size() / dimensions;
  for (uint32_t node = 0; node < count; ++node) {
    arrays.ids.push_back(node + 1);
    arrays.node_of.push_back(node);
  }
  arrays.links.m = 1;
  arrays.links.levels.resize(count);
  arrays.links.base_links.assign(count * 2, kNoNode);
  return arrays;
}

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
