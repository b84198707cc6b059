#include "encoder/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/encoder/random_floats.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kWidth = 120;
constexpr int64_t kHeads = 3;

// One text's attention in double, straight from the definition.
std::vector<double> Expected(const std::vector<float>& qkv, int64_t begin, int64_t tokens, int64_t reach) {
  const int64_t size = kWidth / kHeads;
  const auto at = [&](int64_t token, int64_t column) {
    return static_cast<double>(qkv[static_cast<size_t>((begin + token) * 3 * kWidth + column)]);
  };
  std::vector<double> context(static_cast<size_t>(tokens * kWidth));
  for (int64_t head = 0; head < kHeads; ++head) {
    for (int64_t i = 0; i < tokens; ++i) {
      std::vector<double> weights(static_cast<size_t>(tokens), -1e300);
      for (int64_t j = 0; j < tokens; ++j) {
        if (reach >= 0 && std::abs(i - j) > reach) continue;
        double score = 0;
        for (int64_t c = head * size; c < (head + 1) * size; ++c) score += at(i, c) * at(j, kWidth + c);
        weights[static_cast<size_t>(j)] = score / std::sqrt(static_cast<double>(size));
      }
      const double largest = *std::max_element(weights.begin(), weights.end());
      double sum = 0;
      for (double& weight : weights) sum += weight = std::exp(weight - largest);
      for (int64_t c = head * size; c < (head + 1) * size; ++c) {
        for (int64_t j = 0; j < tokens; ++j) {
          context[static_cast<size_t>(i * kWidth + c)] +=
              weights[static_cast<size_t>(j)] / sum * at(j, 2 * kWidth + c);
        }
      }
    }
  }
  return context;
}

// Over the blocks of queries and of keys; odd lengths, one token.
const std::vector<int32_t> kCumulative = {0, 1, 8, 8 + 70, 8 + 70 + 129, 8 + 70 + 129 + 300};

void ExpectNear(const std::vector<float>& qkv, const std::vector<float>& context, int64_t reach,
                double bound) {
  for (size_t text = 0; text + 1 < kCumulative.size(); ++text) {
    const int64_t begin = kCumulative[text];
    const auto expected = Expected(qkv, begin, kCumulative[text + 1] - begin, reach);
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(context[static_cast<size_t>(begin * kWidth) + i], expected[i], bound) << "text " << text;
    }
  }
}

std::vector<float> Texts(float range) {
  return RandomFloats(int64_t{kCumulative.back()} * 3 * kWidth, 1, range);
}

std::vector<float> Fp32(const std::vector<float>& qkv, const AttentionPattern& pattern) {
  std::vector<float> context(static_cast<size_t>(kCumulative.back() * kWidth));
  AttentionScratch scratch;
  AttendEach(qkv.data(), kCumulative, kWidth, kHeads, pattern, scratch, context.data());
  return context;
}

TEST(AttentionTest, OfRaggedTexts) {
  const std::vector<float> qkv = Texts(1.0f);
  ExpectNear(qkv, Fp32(qkv, {}), -1, 1e-5);
  ExpectNear(qkv, Fp32(qkv, {.reach = 20}), 20, 1e-5);
}

class Bf16AttentionTest : public testing::TestWithParam<const PackedKernels*> {
 protected:
  void SetUp() override {
    if (GetParam() == nullptr) GTEST_SKIP() << "this CPU lacks the instructions";
  }
  static std::vector<float> Bf16(const std::vector<float>& qkv, const AttentionPattern& pattern,
                                 const std::vector<int32_t>& cumulative = kCumulative) {
    std::vector<float> context(static_cast<size_t>(cumulative.back() * kWidth));
    AttentionScratch scratch;
    AttendEachBf16(*GetParam(), qkv.data(), cumulative, kWidth, kHeads, pattern, scratch, context.data());
    return context;
  }
};

// Values reach 4.5, where rounding to bfloat16 moves a number by up to 2^-6; scores err by what their
// rounded operands do.
TEST_P(Bf16AttentionTest, OfRaggedTexts) {
  const std::vector<float> qkv = Texts(1.0f);
  ExpectNear(qkv, Bf16(qkv, {}), -1, 2e-2);
}

TEST_P(Bf16AttentionTest, OfNearTokensOnly) {
  const std::vector<float> qkv = Texts(1.0f);
  for (const int64_t reach : {0, 1, 20, 200}) ExpectNear(qkv, Bf16(qkv, {.reach = reach}), reach, 2e-2);
}

TEST_P(Bf16AttentionTest, WithABiasAsInFp32) {
  const std::vector<float> table = RandomFloats(32 * kHeads, 7, 4.0f);
  const RelativeBias bias(table, 32, kHeads, 512);
  const std::vector<float> qkv = Texts(1.0f);
  const std::vector<float> expected = Fp32(qkv, {.bias = &bias});
  const std::vector<float> context = Bf16(qkv, {.bias = &bias});
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(context[i], expected[i], 2e-2) << i;
}

// One key wins each query, and not always in the first block: the maximum moves while keys stream by.
TEST_P(Bf16AttentionTest, OfLargeScores) {
  std::vector<float> qkv = Texts(1.0f);
  const auto token = static_cast<size_t>(3 * kWidth);
  for (size_t i = 0; i < qkv.size(); ++i) {
    if (i % token < static_cast<size_t>(2 * kWidth))
      qkv[i] = std::round(qkv[i] * 8.0f) * 4.0f;  // exact in bf16
  }
  ExpectNear(qkv, Bf16(qkv, {}), -1, 2e-2);
}

TEST_P(Bf16AttentionTest, ATextAloneIsTheSameBitForBit) {
  const std::vector<float> qkv = Texts(1.0f);
  const std::vector<float> together = Bf16(qkv, {});
  for (size_t text = 0; text + 1 < kCumulative.size(); ++text) {
    const auto first = static_cast<ptrdiff_t>(kCumulative[text]) * 3 * kWidth;
    const std::vector<float> alone = Bf16(std::vector<float>(qkv.begin() + first, qkv.end()), {},
                                          {0, kCumulative[text + 1] - kCumulative[text]});
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + first / 3)) << "text " << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Bf16AttentionTest,
                         testing::Values(&ScalarPackedKernels(Precision::bf16),
                                         Avx2PackedKernels(Precision::bf16),
                                         Avx512PackedKernels(Precision::bf16)),
                         [](const testing::TestParamInfo<const PackedKernels*>& kernels) {
                           if (kernels.param == nullptr) return "missing" + std::to_string(kernels.index);
                           std::string name = kernels.param->name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

}  // namespace
}  // namespace voisin::encoder
