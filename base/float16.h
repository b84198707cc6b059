#pragma once

#include <cstdint>

namespace voisin {

// IEEE 754 binary16. Every half is a float exactly.
float FromFloat16(uint16_t half);
// To nearest, ties to even; beyond 65504 infinity. What is not a number stays so.
uint16_t ToFloat16(float value);

}  // namespace voisin
