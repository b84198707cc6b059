#include "encoder/ops.h"

#include <gmock/gmock.h>

#include <cmath>

#include "encoder/pooling.h"
#include "encoder/positions.h"
#include "tests/encoder/random_floats.h"

namespace voisin::encoder {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

TEST(OpsTest, LinearAppliesItsActivation) {
  const std::vector<float> weight = {1, 2, 3, 4};  // [2, 2]
  const Linear relu(weight, {-10.0f, 0.5f}, 2, 2, Activation::relu);
  const Linear tanh(weight, {}, 2, 2, Activation::tanh);
  const float x[] = {1.0f, 1.0f};
  float y[2];
  relu.Apply(x, 1, y);
  EXPECT_THAT(y, ElementsAre(0.0f, 7.5f));
  tanh.Apply(x, 1, y);
  EXPECT_NEAR(y[0], std::tanh(3.0), 1e-6);
  relu.AddTo(x, 1, y);
  EXPECT_NEAR(y[0], std::tanh(3.0) - 7.0, 1e-5);
}

TEST(OpsTest, SinusoidalPositionsAreTwoBlocks) {
  const float timescales[] = {1.0f, 0.5f};
  const std::vector<float> table = SinusoidalPositions(timescales, 3);
  ASSERT_EQ(table.size(), 12u);
  EXPECT_THAT(std::span(table).first(4), ElementsAre(0.0f, 0.0f, 1.0f, 1.0f));
  EXPECT_THAT(std::span(table).last(4), ElementsAre(FloatEq(std::sin(2.0f)), FloatEq(std::sin(1.0f)),
                                                    FloatEq(std::cos(2.0f)), FloatEq(std::cos(1.0f))));
}

TEST(PoolingTest, FiveModesOnRaggedTexts) {
  const std::vector<int32_t> cumulative = {0, 1, 5};
  const std::vector<float> states = {1, -1, 2, 8, 4, 6, -6, 4, 8, -2};  // [5, 2]
  const auto pool = [&](PoolingMode mode) {
    std::vector<float> pooled(4);
    Pool(mode, states.data(), cumulative, 2, pooled.data());
    return pooled;
  };
  EXPECT_THAT(pool(PoolingMode::cls), ElementsAre(1, -1, 2, 8));
  EXPECT_THAT(pool(PoolingMode::last), ElementsAre(1, -1, 8, -2));
  EXPECT_THAT(pool(PoolingMode::max), ElementsAre(1, -1, 8, 8));
  EXPECT_THAT(pool(PoolingMode::mean), ElementsAre(1, -1, 2, 4));
  EXPECT_THAT(pool(PoolingMode::mean_sqrt_len), ElementsAre(1, -1, 4, 8));
}

}  // namespace
}  // namespace voisin::encoder
