#include "base/float16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace voisin {
namespace {

TEST(Float16Test, EveryHalfComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = FromFloat16(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(FromFloat16(ToFloat16(value))));
    } else {
      EXPECT_EQ(ToFloat16(value), half) << value;
    }
  }
}

// Between two neighbours the nearer one, from the middle the even one.
TEST(Float16Test, RoundsToNearestEven) {
  for (uint16_t half = 0; half < 0x7bff; ++half) {
    const double low = FromFloat16(half), high = FromFloat16(static_cast<uint16_t>(half + 1));
    const auto middle = static_cast<float>((low + high) / 2);
    EXPECT_EQ(ToFloat16(middle), half % 2 == 0 ? half : half + 1) << middle;
    EXPECT_EQ(ToFloat16(std::nextafter(middle, 0.0f)), half);
    EXPECT_EQ(ToFloat16(std::nextafter(middle, 1e6f)), half + 1);
    EXPECT_EQ(ToFloat16(-middle), (half % 2 == 0 ? half : half + 1) | 0x8000);
  }
}

TEST(Float16Test, WhatIsTooLargeIsInfinite) {
  EXPECT_EQ(FromFloat16(ToFloat16(65504.0f)), 65504.0f);
  EXPECT_EQ(FromFloat16(ToFloat16(65519.0f)), 65504.0f);
  EXPECT_EQ(ToFloat16(65520.0f), 0x7c00);
  EXPECT_EQ(ToFloat16(-std::numeric_limits<float>::infinity()), 0xfc00);
}

}  // namespace
}  // namespace voisin
