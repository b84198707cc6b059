#include "encoder/pooling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

// One text of three tokens, two numbers each.
const std::vector<float> kStates = {1, -2, 3, 4, 5, -6};

std::vector<float> PoolOne(std::vector<PoolingMode> modes, int32_t prompt_length) {
  Batch batch;
  batch.Append({.input_ids = {1, 2, 3}, .token_type_ids = {}, .offsets = {}, .prompt_length = prompt_length});
  std::vector<float> pooled(2 * modes.size());
  PoolBatch(modes, kStates.data(), batch, 2, pooled.data());
  return pooled;
}

TEST(PoolingTest, ModesStandSideBySide) {
  EXPECT_THAT(PoolOne({PoolingMode::cls, PoolingMode::max, PoolingMode::last}, 0),
              ElementsAre(1, -2, 5, 4, 5, -6));
}

TEST(PoolingTest, WeightedMeanCountsPositions) {
  EXPECT_THAT(PoolOne({PoolingMode::weighted_mean}, 0),
              ElementsAre(FloatEq((1 + 2 * 3 + 3 * 5) / 6.0f), FloatEq((-2 + 2 * 4 - 3 * 6) / 6.0f)));
}

TEST(PoolingTest, PromptsAreLeftOut) {
  EXPECT_THAT(PoolOne({PoolingMode::mean}, 1), ElementsAre(4, -1));
  EXPECT_THAT(PoolOne({PoolingMode::max}, 2), ElementsAre(5, -6));
  EXPECT_THAT(PoolOne({PoolingMode::weighted_mean}, 1),
              ElementsAre(FloatEq((2 * 3 + 3 * 5) / 5.0f), FloatEq((2 * 4 - 3 * 6) / 5.0f)));
  EXPECT_THAT(PoolOne({PoolingMode::cls}, 1), ElementsAre(1, -2));
}

}  // namespace
}  // namespace voisin::encoder
