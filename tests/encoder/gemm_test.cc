#include "encoder/gemm.h"

#include <gtest/gtest.h>

#include "tests/encoder/random_floats.h"

namespace voisin::encoder {
namespace {

TEST(GemmTest, MultipliesByATorchWeight) {
  const int64_t m = 9, out = 70, in = 40;
  const std::vector<float> a = RandomFloats(m * in, 1);
  const std::vector<float> weight = RandomFloats(out * in, 2);
  const std::vector<float> bias = RandomFloats(out, 3);
  std::vector<float> c(static_cast<size_t>(m * out));
  PackedMatrix::Pack(weight.data(), out, in).Multiply(a.data(), m, bias.data(), Epilogue::store, c.data());
  for (int64_t row = 0; row < m; ++row) {
    for (int64_t column = 0; column < out; ++column) {
      double expected = bias[static_cast<size_t>(column)];
      for (int64_t i = 0; i < in; ++i) {
        expected += static_cast<double>(a[static_cast<size_t>(row * in + i)]) *
                    weight[static_cast<size_t>(column * in + i)];
      }
      EXPECT_NEAR(c[static_cast<size_t>(row * out + column)], expected, 2e-5);
    }
  }
}

TEST(GemmTest, BothPackingsOfTheSameMatrixAgree) {
  const int64_t n = 37, k = 11;
  const std::vector<float> b = RandomFloats(n * k, 4);  // [n, k]
  std::vector<float> transposed(b.size());              // [k, n]
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i)
      transposed[static_cast<size_t>(i * n + j)] = b[static_cast<size_t>(j * k + i)];
  }
  for (const Kernels* kernels : {&ScalarKernels(), &BestKernels()}) {
    const int64_t size = PackedSize(*kernels, n, k);
    FloatBuffer one, other;
    PackTransposed(*kernels, b.data(), n, k, k, one.Reserve(size));
    PackRows(*kernels, transposed.data(), n, k, n, other.Reserve(size));
    EXPECT_TRUE(std::equal(one.data(), one.data() + size, other.data())) << kernels->name;
  }
}

}  // namespace
}  // namespace voisin::encoder
