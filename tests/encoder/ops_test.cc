#include "encoder/ops.h"

#include <gmock/gmock.h>

#include <cmath>

#include "encoder/pooling.h"
#include "tests/encoder/random_floats.h"

namespace voisin::encoder {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

// One text's attention in double, straight from the definition.
std::vector<double> Attend(const std::vector<float>& qkv, int64_t begin, int64_t tokens, int64_t width,
                           int64_t heads) {
  const int64_t size = width / heads;
  const auto at = [&](int64_t token, int64_t column) {
    return static_cast<double>(qkv[static_cast<size_t>((begin + token) * 3 * width + column)]);
  };
  std::vector<double> context(static_cast<size_t>(tokens * width));
  for (int64_t head = 0; head < heads; ++head) {
    for (int64_t i = 0; i < tokens; ++i) {
      std::vector<double> weights(static_cast<size_t>(tokens));
      double sum = 0;
      for (int64_t j = 0; j < tokens; ++j) {
        double score = 0;
        for (int64_t c = head * size; c < (head + 1) * size; ++c) score += at(i, c) * at(j, width + c);
        weights[static_cast<size_t>(j)] = std::exp(score / std::sqrt(static_cast<double>(size)));
        sum += weights[static_cast<size_t>(j)];
      }
      for (int64_t c = head * size; c < (head + 1) * size; ++c) {
        for (int64_t j = 0; j < tokens; ++j) {
          context[static_cast<size_t>(i * width + c)] +=
              weights[static_cast<size_t>(j)] / sum * at(j, 2 * width + c);
        }
      }
    }
  }
  return context;
}

TEST(OpsTest, AttentionOfRaggedTexts) {
  const int64_t width = 24, heads = 3;
  const std::vector<int32_t> cumulative = {0, 1, 8, 8 + 70, 8 + 70 + 129};  // over the query block, too
  const std::vector<float> qkv = RandomFloats(cumulative.back() * 3 * width, 1);
  std::vector<float> context(static_cast<size_t>(cumulative.back() * width));
  AttentionScratch scratch;
  AttendEach(qkv.data(), cumulative, width, heads, {}, scratch, context.data());
  for (size_t text = 0; text + 1 < cumulative.size(); ++text) {
    const int64_t begin = cumulative[text];
    const auto expected = Attend(qkv, begin, cumulative[text + 1] - begin, width, heads);
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(context[static_cast<size_t>(begin * width) + i], expected[i], 1e-5) << "text " << text;
    }
  }
}

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
