#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace voisin::encoder {

// `size` normal floats, the same for the same seed.
inline std::vector<float> RandomFloats(int64_t size, uint32_t seed, float deviation = 1.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, deviation);
  std::vector<float> values(static_cast<size_t>(size));
  for (float& value : values) value = normal(generator);
  return values;
}

}  // namespace voisin::encoder
