#include "encoder/characters.h"

#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

// Compared once with the library over all characters; these are the ones on which versions of Unicode differ.
TEST(CharactersTest, BertClassesAreThoseOfUnicode8) {
  EXPECT_TRUE(IsBertPunctuation(U'\u3002'));
  EXPECT_FALSE(IsBertPunctuation(U'\u2e44'));  // of Unicode 9
  EXPECT_TRUE(IsBertPunctuation(U'\u166d'));
  EXPECT_TRUE(IsNonspacingMark(U'\u0301'));
  EXPECT_FALSE(IsNonspacingMark(U'\U00013447'));  // of Unicode 15
  EXPECT_TRUE(IsNonspacingMark(U'\u1734'));
  EXPECT_FALSE(IsNonspacingMark(U'\ua9bd'));
  EXPECT_TRUE(IsControl(U'\u200b'));
  EXPECT_FALSE(IsControl(U'\u08e2'));  // of Unicode 9
}

TEST(CharactersTest, CjkBlocksLeaveOneGap) {
  EXPECT_TRUE(IsCjkIdeograph(U'\u4e2d'));
  EXPECT_TRUE(IsCjkIdeograph(U'\U0002b81f'));
  EXPECT_FALSE(IsCjkIdeograph(U'\U0002b820'));
  EXPECT_TRUE(IsCjkIdeograph(U'\U0002b920'));
}

}  // namespace
}  // namespace voisin::encoder
