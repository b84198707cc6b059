#include "encoder/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "encoder/gemm.h"
#include "tests/encoder/random_floats.h"

namespace voisin::encoder {
namespace {

// Every table against a double reference, on sizes around the register widths.
class KernelsTest : public testing::TestWithParam<const Kernels*> {
 protected:
  void SetUp() override {
    if (GetParam() == nullptr) GTEST_SKIP() << "this CPU lacks the instructions";
  }
  const Kernels& kernels() const { return *GetParam(); }
};

const int64_t kSizes[] = {1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 257, 512};

template <typename Function>
void ExpectMap(void (*kernel)(float*, int64_t), Function reference, double tolerance) {
  for (const int64_t size : kSizes) {
    const std::vector<float> x = RandomFloats(size, static_cast<uint32_t>(size), 4.0f);
    std::vector<float> y = x;
    y.push_back(77.0f);
    kernel(y.data(), size);
    for (size_t i = 0; i < x.size(); ++i) {
      const double bound = tolerance * std::max(1.0, std::fabs(static_cast<double>(x[i])));
      EXPECT_NEAR(y[i], reference(static_cast<double>(x[i])), bound) << "size " << size << " x " << x[i];
    }
    EXPECT_EQ(y.back(), 77.0f) << "wrote past the end at size " << size;
  }
}

TEST_P(KernelsTest, Relu) {
  ExpectMap(
      kernels().relu, [](double x) { return std::max(x, 0.0); }, 0);
}

TEST_P(KernelsTest, Gelu) {
  ExpectMap(
      kernels().gelu, [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }, 5e-7);
}

TEST_P(KernelsTest, GeluTanh) {
  const auto reference = [](double x) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  };
  ExpectMap(kernels().gelu_tanh, reference, 5e-7);
}

TEST_P(KernelsTest, Tanh) {
  ExpectMap(
      kernels().tanh, [](double x) { return std::tanh(x); }, 5e-7);
}

TEST_P(KernelsTest, Silu) {
  ExpectMap(
      kernels().silu, [](double x) { return x / (1 + std::exp(-x)); }, 5e-7);
}

TEST_P(KernelsTest, TanhOfHugeNumbersIsOne) {
  std::vector<float> x = {1e30f, -1e30f, 90.0f, -90.0f};
  kernels().tanh(x.data(), 4);
  EXPECT_EQ(x, std::vector<float>({1.0f, -1.0f, 1.0f, -1.0f}));
}

TEST_P(KernelsTest, LayerNorm) {
  for (const int64_t width : kSizes) {
    const std::vector<float> x = RandomFloats(3 * width, 1, 3.0f);
    const std::vector<float> gamma = RandomFloats(width, 2);
    const std::vector<float> beta = RandomFloats(width, 3);
    std::vector<float> y(x.size());
    kernels().layer_norm(x.data(), 3, width, gamma.data(), beta.data(), 1e-6f, y.data());
    for (int64_t r = 0; r < 3; ++r) {
      const float* row = x.data() + r * width;
      double mean = 0;
      double variance = 0;
      for (int64_t i = 0; i < width; ++i) mean += row[i] / static_cast<double>(width);
      for (int64_t i = 0; i < width; ++i) variance += std::pow(row[i] - mean, 2) / static_cast<double>(width);
      for (int64_t i = 0; i < width; ++i) {
        const auto j = static_cast<size_t>(i);
        const double expected = (row[i] - mean) / std::sqrt(variance + 1e-6) * gamma[j] + beta[j];
        EXPECT_NEAR(y[static_cast<size_t>(r * width) + j], expected, 1e-5) << "width " << width;
      }
    }
  }
}

TEST_P(KernelsTest, SoftmaxKeepsWhatLiesBetweenRows) {
  for (const int64_t width : kSizes) {
    const int64_t stride = width + 3;
    const std::vector<float> x = RandomFloats(2 * stride, 5, 30.0f);
    std::vector<float> y = x;
    kernels().softmax(y.data(), 2, width, stride, 0.125f);
    for (int64_t r = 0; r < 2; ++r) {
      const float* row = x.data() + r * stride;
      const double maximum = *std::max_element(row, row + width);
      double sum = 0;
      for (int64_t i = 0; i < width; ++i) sum += std::exp(0.125 * (row[i] - maximum));
      for (int64_t i = 0; i < stride; ++i) {
        const double expected = i < width ? std::exp(0.125 * (row[i] - maximum)) / sum : row[i];
        EXPECT_NEAR(y[static_cast<size_t>(r * stride + i)], expected, 1e-6) << "width " << width;
      }
    }
  }
}

TEST_P(KernelsTest, AddAndScale) {
  for (const int64_t size : kSizes) {
    const std::vector<float> x = RandomFloats(size, 1);
    const std::vector<float> y = RandomFloats(size, 2);
    std::vector<float> z = x;
    kernels().add(z.data(), y.data(), size);
    kernels().scale(z.data(), 2.0f, size);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(z[i], (x[i] + y[i]) * 2.0f);
  }
}

TEST_P(KernelsTest, SumAndMaximumOfRows) {
  for (const int64_t width : kSizes) {
    const std::vector<float> x = RandomFloats(3 * width, 1);
    std::vector<float> sum(static_cast<size_t>(width));
    std::vector<float> maximum(static_cast<size_t>(width));
    kernels().sum_rows(x.data(), 3, width, sum.data());
    kernels().max_rows(x.data(), 3, width, maximum.data());
    const auto w = static_cast<size_t>(width);
    for (size_t i = 0; i < w; ++i) {
      EXPECT_NEAR(sum[i], x[i] + x[w + i] + x[2 * w + i], 1e-6);
      EXPECT_EQ(maximum[i], std::max({x[i], x[w + i], x[2 * w + i]}));
    }
  }
}

TEST_P(KernelsTest, L2Normalize) {
  for (const int64_t size : kSizes) {
    const std::vector<float> x = RandomFloats(size, 9);
    double squares = 0;
    for (const float value : x) squares += static_cast<double>(value) * value;
    std::vector<float> y = x;
    kernels().l2_normalize(y.data(), size);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i] / std::sqrt(squares), 1e-6);
  }
}

TEST_P(KernelsTest, ZeroVectorStaysZero) {
  std::vector<float> x(20);
  kernels().l2_normalize(x.data(), 20);
  EXPECT_EQ(x, std::vector<float>(20));
}

struct Product {
  int64_t m, n, k;
  std::vector<float> a = RandomFloats(m * k, 1);
  std::vector<float> b = RandomFloats(n * k, 2);  // [n, k]
  std::vector<float> bias = RandomFloats(n, 3);

  double At(int64_t row, int64_t column) const {
    double sum = bias[static_cast<size_t>(column)];
    for (int64_t i = 0; i < k; ++i) {
      sum +=
          static_cast<double>(a[static_cast<size_t>(row * k + i)]) * b[static_cast<size_t>(column * k + i)];
    }
    return sum;
  }
  std::vector<float> Run(const Kernels& kernels, int64_t rows, Epilogue epilogue, float before) const {
    FloatBuffer packed;
    PackTransposed(kernels, b.data(), n, k, k, packed.Reserve(PackedSize(kernels, n, k)));
    std::vector<float> c(static_cast<size_t>(rows * n), before);
    kernels.gemm({a.data(), k, packed.data(), bias.data(), c.data(), n, rows, n, k, epilogue});
    return c;
  }
};

TEST_P(KernelsTest, GemmAndItsEpilogues) {
  for (const int64_t m : {1, 2, 5, 6, 7, 8, 13}) {
    for (const int64_t n : {1, 15, 16, 17, 63, 64, 65, 130}) {
      const Product product{.m = m, .n = n, .k = 33};
      const auto stored = product.Run(kernels(), m, Epilogue::store, 0.5f);
      const auto positive = product.Run(kernels(), m, Epilogue::relu, 0.5f);
      const auto gelu = product.Run(kernels(), m, Epilogue::gelu, 0.5f);
      const auto added = product.Run(kernels(), m, Epilogue::accumulate, 0.5f);
      for (int64_t row = 0; row < m; ++row) {
        for (int64_t column = 0; column < n; ++column) {
          const double expected = product.At(row, column);
          const auto i = static_cast<size_t>(row * n + column);
          ASSERT_NEAR(stored[i], expected, 2e-5) << m << " x " << n;
          ASSERT_NEAR(positive[i], std::max(expected, 0.0), 2e-5);
          ASSERT_NEAR(gelu[i], 0.5 * expected * (1 + std::erf(expected / std::sqrt(2.0))), 3e-5);
          ASSERT_NEAR(added[i], expected + 0.5, 2e-5);
        }
      }
    }
  }
}

TEST_P(KernelsTest, RowsOfAProductDoNotDependOnTheOthers) {
  const Product product{.m = 23, .n = 70, .k = 200};
  const auto all = product.Run(kernels(), 23, Epilogue::store, 0.0f);
  for (int64_t rows = 1; rows < 23; ++rows) {
    const auto some = product.Run(kernels(), rows, Epilogue::store, 0.0f);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << rows << " rows";
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, KernelsTest,
                         testing::Values(&ScalarKernels(), Avx2Kernels(), Avx512Kernels()),
                         [](const testing::TestParamInfo<const Kernels*>& table) {
                           return table.param == nullptr ? "missing" + std::to_string(table.index)
                                                         : std::string(table.param->name);
                         });

}  // namespace
}  // namespace voisin::encoder
