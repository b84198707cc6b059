#include "index/kernels_int8.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace voisin::index {
namespace {

class CodeKernelsTest : public ::testing::TestWithParam<const CodeKernels* (*)()> {
 protected:
  void SetUp() override {
    kernels_ = GetParam()();
    if (kernels_ == nullptr) GTEST_SKIP() << "this machine has no such instructions";
  }
  std::vector<int8_t> Random(size_t length) {
    std::uniform_int_distribution<int> any(-127, 127);
    std::vector<int8_t> codes(length);
    for (int8_t& code : codes) code = static_cast<int8_t>(any(random_));
    return codes;
  }
  static int64_t Reference(const int8_t* a, const int8_t* b, size_t length) {
    int64_t sum = 0;
    for (size_t i = 0; i < length; ++i) sum += int64_t{a[i]} * b[i];
    return sum;
  }

  const CodeKernels* kernels_ = nullptr;
  std::mt19937_64 random_{1};
};

TEST_P(CodeKernelsTest, EveryStrideIsExact) {
  for (size_t stride = 64; stride <= 1024; stride += 64) {
    // Exactly as long as needed and at an odd place, so that a read past the end is seen by a sanitizer.
    const std::vector<int8_t> a = Random(stride + 1), b = Random(stride + 1);
    EXPECT_EQ(kernels_->inner_product(a.data() + 1, b.data() + 1, stride),
              Reference(a.data() + 1, b.data() + 1, stride));
  }
}

TEST_P(CodeKernelsTest, TheGreatestSumsFit) {
  const size_t stride = 65536;
  for (const int a : {-127, 127}) {
    for (const int b : {-127, 127}) {
      const std::vector<int8_t> x(stride, static_cast<int8_t>(a)), y(stride, static_cast<int8_t>(b));
      EXPECT_EQ(kernels_->inner_product(x.data(), y.data(), stride), a * b * 65536);
    }
  }
}

TEST_P(CodeKernelsTest, ManyRows) {
  for (const size_t stride : {64u, 128u, 192u, 512u}) {
    const std::vector<int8_t> query = Random(stride), base = Random(stride * 40);
    std::vector<uint32_t> rows;
    for (int i = 0; i < 33; ++i) rows.push_back(static_cast<uint32_t>(random_() % 40));
    for (const size_t count :
         {size_t{0}, size_t{1}, size_t{3}, size_t{4}, size_t{5}, size_t{9}, rows.size()}) {
      std::vector<int32_t> out(rows.size(), -1);
      kernels_->inner_products(query.data(), base.data(), rows.data(), count, stride, out.data());
      for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(out[i], Reference(query.data(), base.data() + rows[i] * stride, stride));
      }
      for (size_t i = count; i < rows.size(); ++i) EXPECT_EQ(out[i], -1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, CodeKernelsTest,
                         ::testing::Values(ScalarCodeKernels, Avx2CodeKernels, VnniCodeKernels));

TEST(BestCodeKernelsTest, IsOneOfTheTables) {
  const CodeKernels* best = &BestCodeKernels();
  EXPECT_TRUE(best == ScalarCodeKernels() || best == Avx2CodeKernels() || best == VnniCodeKernels());
}

TEST(CodeStrideTest, IsTheNextMultiple) {
  EXPECT_EQ(CodeStride(1), 64u);
  EXPECT_EQ(CodeStride(64), 64u);
  EXPECT_EQ(CodeStride(65), 128u);
  EXPECT_EQ(CodeStride(384), 384u);
}

}  // namespace
}  // namespace voisin::index
