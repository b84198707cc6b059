#pragma once

#include <cstdint>

namespace voisin::storage {

// The seed of a random test: VOISIN_SEED, or a new one each time; printed, so that a failure can be replayed.
uint64_t TestSeed();

}  // namespace voisin::storage
