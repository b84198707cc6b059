#include "tests/storage/seed.h"

#include <cstdlib>
#include <iostream>
#include <random>

namespace voisin::storage {

uint64_t TestSeed() {
  const char* given = std::getenv("VOISIN_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "replay with VOISIN_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace voisin::storage
