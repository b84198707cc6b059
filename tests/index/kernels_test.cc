#include "index/kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

namespace voisin::index {
namespace {

struct Sums {
  double inner_product = 0;
  double squared_l2 = 0;
  double magnitude = 0;  // what rounding is relative to
};

Sums Reference(const float* a, const float* b, size_t length) {
  Sums sums;
  for (size_t i = 0; i < length; ++i) {
    const double difference = double{a[i]} - b[i];
    sums.inner_product += double{a[i]} * b[i];
    sums.squared_l2 += difference * difference;
    sums.magnitude += std::abs(double{a[i]} * b[i]) + difference * difference;
  }
  return sums;
}

class KernelsTest : public ::testing::TestWithParam<const Kernels* (*)()> {
 protected:
  void SetUp() override {
    kernels_ = GetParam()();
    if (kernels_ == nullptr) GTEST_SKIP() << "this machine has no such instructions";
  }
  std::vector<float> Random(size_t length) {
    std::normal_distribution<float> normal;
    std::vector<float> vector(length);
    for (float& x : vector) x = normal(random_);
    return vector;
  }

  const Kernels* kernels_ = nullptr;
  std::mt19937_64 random_{1};
};

TEST_P(KernelsTest, AgreeWithDoublesAtEveryLength) {
  std::vector<size_t> lengths = {96, 127, 128, 129, 384, 511, 512, 513, 1024, 8192};
  for (size_t length = 1; length <= 70; ++length) lengths.push_back(length);
  for (size_t length : lengths) {
    // Exactly as long as needed and at an odd place, so that a read past the end is seen by a sanitizer.
    const std::vector<float> a = Random(length + 1), b = Random(length + 1);
    const Sums sums = Reference(a.data() + 1, b.data() + 1, length);
    const double tolerance = 1e-6 * sums.magnitude + 1e-6;
    EXPECT_NEAR(kernels_->inner_product(a.data() + 1, b.data() + 1, length), sums.inner_product, tolerance)
        << length;
    EXPECT_NEAR(kernels_->squared_l2(a.data() + 1, b.data() + 1, length), sums.squared_l2, tolerance)
        << length;
  }
}

TEST_P(KernelsTest, ManyRowsGiveTheBitsOfOneRow) {
  for (size_t length : {1u, 7u, 48u, 100u, 512u}) {
    const std::vector<float> query = Random(length), base = Random(length * 9);
    const uint32_t rows[] = {8, 0, 3, 3, 7};
    float products[5], distances[5];
    kernels_->inner_products(query.data(), base.data(), rows, 5, length, products);
    kernels_->squared_l2s(query.data(), base.data(), rows, 5, length, distances);
    for (size_t i = 0; i < 5; ++i) {
      const float* row = base.data() + rows[i] * length;
      EXPECT_EQ(products[i], kernels_->inner_product(query.data(), row, length));
      EXPECT_EQ(distances[i], kernels_->squared_l2(query.data(), row, length));
    }
  }
}

TEST_P(KernelsTest, NoRowsAreNoWork) {
  const float query[] = {1};
  kernels_->inner_products(query, nullptr, nullptr, 0, 1, nullptr);
  kernels_->squared_l2s(query, nullptr, nullptr, 0, 1, nullptr);
}

// From 2^-30, which is no half, over those with few bits to infinity.
TEST_P(KernelsTest, HalvesAreThoseOfTheScalarTwin) {
  std::vector<float> values;
  for (int exponent = -30; exponent <= 18; ++exponent) {
    for (float x : Random(11)) values.push_back(std::ldexp(x, exponent));
  }
  for (size_t length : {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{15}, size_t{17}, values.size()}) {
    std::vector<uint16_t> halves(length), expected(length);
    kernels_->narrow(values.data(), length, halves.data());
    ScalarKernels()->narrow(values.data(), length, expected.data());
    EXPECT_EQ(halves, expected) << length;
  }
}

TEST_P(KernelsTest, EveryHalfIsAFloat) {
  std::vector<uint16_t> halves;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7fff) <= 0x7c00) halves.push_back(static_cast<uint16_t>(bits));
  }
  std::vector<float> values(halves.size()), expected(halves.size());
  kernels_->widen(halves.data(), halves.size(), values.data());
  ScalarKernels()->widen(halves.data(), halves.size(), expected.data());
  for (size_t i = 0; i < halves.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(expected[i])) << halves[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, KernelsTest, ::testing::Values(ScalarKernels, Avx2Kernels, Avx512Kernels));

TEST(BestKernelsTest, IsOneOfTheTables) {
  const Kernels* best = &BestKernels();
  EXPECT_TRUE(best == ScalarKernels() || best == Avx2Kernels() || best == Avx512Kernels());
}

}  // namespace
}  // namespace voisin::index
