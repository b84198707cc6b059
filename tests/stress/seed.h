#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace voisin::test {

// VOISIN_SEED, or another each time; printed.
inline uint64_t ChooseSeed() {
  const char* given = std::getenv("VOISIN_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "VOISIN_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace voisin::test
