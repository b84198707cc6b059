#include "base/float16.h"

#include <bit>
#include <cmath>

namespace voisin {
namespace {

constexpr uint32_t kInfinity = 0x7f800000;
constexpr uint32_t kLargest = 0x477ff000;  // 65520: from here on the nearest half is infinity
constexpr uint32_t kNormal = 0x38800000;   // 2^-14, the smallest half with all its bits

// `magnitude` has no sign and a half of at least 2^-14: rounds away the last 13 bits and moves the exponent.
uint16_t RoundNormal(uint32_t magnitude) {
  const uint32_t odd = (magnitude >> 13) & 1;
  return static_cast<uint16_t>((magnitude + 0xfff + odd - (112u << 23)) >> 13);
}

}  // namespace

float FromFloat16(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fu;
  const uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign == 0 ? magnitude : -magnitude;
  }
  const uint32_t wide_exponent = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | (wide_exponent << 23) | (fraction << 13));
}

uint16_t ToFloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  uint16_t half;
  if (magnitude > kInfinity) {
    half = 0x7e00;
  } else if (magnitude >= kLargest) {
    half = 0x7c00;
  } else if (magnitude >= kNormal) {
    half = RoundNormal(magnitude);
  } else {
    // 2^-1 + x: the half's 10 bits of a subnormal are the last ones of the sum, rounded by the addition.
    const float sum = std::bit_cast<float>(magnitude) + 0.5f;
    half = static_cast<uint16_t>(std::bit_cast<uint32_t>(sum) - std::bit_cast<uint32_t>(0.5f));
  }
  return sign | half;
}

}  // namespace voisin
