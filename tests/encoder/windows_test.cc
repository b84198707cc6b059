#include "encoder/windows.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

namespace voisin::encoder {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

// Token i of the text is i, special ones are negative.
Encoding Numbered(int32_t before, int32_t tokens, int32_t after) {
  Encoding whole;
  for (int32_t i = 0; i < before; ++i) whole.input_ids.push_back(-1 - i);
  for (int32_t i = 0; i < tokens; ++i) whole.input_ids.push_back(i);
  for (int32_t i = 0; i < after; ++i) whole.input_ids.push_back(-100 - i);
  whole.token_type_ids.assign(whole.input_ids.size(), 1);
  for (uint32_t i = 0; i < whole.input_ids.size(); ++i) whole.offsets.push_back({i, i + 1});
  whole.prompt_length = before;
  return whole;
}

TEST(WindowsTest, EveryTokenIsCoveredInOrderWithTheOverlapPromised) {
  for (const int32_t limit : {4, 5, 8, 16, 33, 128}) {
    for (int32_t tokens = limit - 2; tokens < 5 * limit; ++tokens) {
      const Encoding whole = Numbered(2, tokens, 1);
      if (tokens + 3 <= limit) continue;
      const auto stretch = limit - 3;
      int32_t covered = 0;  // tokens before it are in a window
      for (const Encoding& window : CutIntoWindows(whole, 2, 1, static_cast<size_t>(limit))) {
        ASSERT_EQ(window.input_ids.size(), static_cast<size_t>(limit));
        ASSERT_EQ(window.token_type_ids.size(), static_cast<size_t>(limit));
        EXPECT_EQ(window.prompt_length, 2);
        EXPECT_EQ(window.input_ids[1], -2);
        EXPECT_EQ(window.input_ids.back(), -100);
        const int32_t first = window.input_ids[2];
        EXPECT_EQ(window.offsets[2].begin, static_cast<uint32_t>(first + 2));
        EXPECT_EQ(window.input_ids[static_cast<size_t>(limit) - 2], first + stretch - 1);
        if (covered > 0) {
          EXPECT_GE(covered - first, stretch / 8) << limit << " " << tokens;
        } else {
          EXPECT_EQ(first, 0);
        }
        covered = first + stretch;
      }
      EXPECT_EQ(covered, tokens);
    }
  }
}

TEST(WindowsTest, NoMoreWindowsThanNeeded) {
  EXPECT_EQ(CutIntoWindows(Numbered(0, 17, 0), 0, 0, 16).size(), 2u);
  EXPECT_EQ(CutIntoWindows(Numbered(0, 30, 0), 0, 0, 16).size(), 2u);  // they share two
  EXPECT_EQ(CutIntoWindows(Numbered(0, 31, 0), 0, 0, 16).size(), 3u);
}

TEST(WindowsTest, OneRowComesBackAsItIs) {
  RowMean mean;
  mean.Add(std::vector<float>{3, 4});
  EXPECT_THAT(mean.Take(true), ElementsAre(3, 4));
  EXPECT_EQ(mean.rows(), 0u);
}

TEST(WindowsTest, MoreRowsAreTheirMean) {
  RowMean mean;
  mean.Add(std::vector<float>{3, 0});
  mean.Add(std::vector<float>{1, 4});
  EXPECT_THAT(mean.Take(false), ElementsAre(2, 2));
  mean.Add(std::vector<float>{1, 0});
  mean.Add(std::vector<float>{0, 1});
  EXPECT_THAT(mean.Take(true), ElementsAre(FloatEq(std::sqrt(0.5f)), FloatEq(std::sqrt(0.5f))));
}

}  // namespace
}  // namespace voisin::encoder
