#include "encoder/packed_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "encoder/gemm.h"
#include "tests/encoder/random_floats.h"

namespace voisin::encoder {
namespace {

struct Table {
  Precision precision;
  const PackedKernels* kernels;
};

class PackedKernelsTest : public testing::TestWithParam<Table> {
 protected:
  void SetUp() override {
    if (GetParam().kernels == nullptr) GTEST_SKIP() << "this CPU lacks the instructions";
  }
  const PackedKernels& kernels() const { return *GetParam().kernels; }
  const PackedKernels& scalar() const { return ScalarPackedKernels(GetParam().precision); }
  bool int8() const { return GetParam().precision == Precision::int8; }
};

// Rows as a table converts them, and the numbers that the words stand for.
struct Rows {
  Rows(const PackedKernels& kernels, const std::vector<float>& x, int64_t count, int64_t width)
      : depth(kernels.depth), words_in_row((width + depth - 1) / depth) {
    words.assign(static_cast<size_t>(count * words_in_row) + 1, 0xdeadbeef);
    scales.resize(static_cast<size_t>(count));
    zeros.resize(static_cast<size_t>(count));
    kernels.convert_rows(x.data(), count, width, words.data(), scales.data(), zeros.data());
  }
  uint32_t Bits(int64_t row, int64_t i) const {
    const uint32_t word = words[static_cast<size_t>(row * words_in_row + i / depth)];
    return depth == 4 ? word >> (8 * (i % 4)) & 0xffu : word >> (16 * (i % 2)) & 0xffffu;
  }
  // int8: q - zero.
  int32_t Integer(int64_t row, int64_t i) const {
    const uint32_t bits = Bits(row, i);
    if (depth == 2) return static_cast<int16_t>(bits);
    return static_cast<int32_t>(bits) - zeros[static_cast<size_t>(row)];
  }
  float Bf16(int64_t row, int64_t i) const { return std::bit_cast<float>(Bits(row, i) << 16); }

  int64_t depth;
  int64_t words_in_row;
  std::vector<uint32_t> words;
  std::vector<float> scales;
  std::vector<int32_t> zeros;
};

TEST_P(PackedKernelsTest, ConvertsAsTheScalarTwinDoes) {
  for (const int64_t width : {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257}) {
    const std::vector<float> x = RandomFloats(3 * width, static_cast<uint32_t>(width), 2.0f);
    const Rows rows(kernels(), x, 3, width);
    const Rows twin(scalar(), x, 3, width);
    EXPECT_EQ(rows.words.back(), 0xdeadbeef) << "wrote past the end at width " << width;
    for (int64_t row = 0; row < 3; ++row) {
      for (int64_t i = 0; i < width; ++i) {
        ASSERT_EQ(int8() ? rows.Integer(row, i) : static_cast<int32_t>(rows.Bits(row, i)),
                  int8() ? twin.Integer(row, i) : static_cast<int32_t>(twin.Bits(row, i)))
            << "width " << width << " row " << row << " at " << i;
      }
    }
    if (int8()) {
      EXPECT_EQ(rows.scales, twin.scales);
    }
  }
}

TEST_P(PackedKernelsTest, ConvertsWithinHalfAStep) {
  const std::vector<float> x = RandomFloats(int64_t{3} * 100, 5, 3.0f);
  const Rows rows(kernels(), x, 3, 100);
  for (int64_t row = 0; row < 3; ++row) {
    const float scale = rows.scales[static_cast<size_t>(row)];
    for (int64_t i = 0; i < 100; ++i) {
      const float value = x[static_cast<size_t>(row * 100 + i)];
      if (int8()) {
        EXPECT_NEAR(scale * static_cast<float>(rows.Integer(row, i)), value, 1.01f * scale);
      } else {
        EXPECT_NEAR(rows.Bf16(row, i), value, std::fabs(value) / 256);
      }
    }
  }
}

TEST_P(PackedKernelsTest, ZerosStayZero) {
  const Rows rows(kernels(), std::vector<float>(40), 1, 40);
  for (int64_t i = 0; i < 40; ++i)
    EXPECT_EQ(int8() ? rows.Integer(0, i) : static_cast<int32_t>(rows.Bits(0, i)), 0);
}

// Random words as both operands: what the kernel must sum, exactly for int8.
struct Product {
  Product(const PackedKernels& k, bool is_int8, int64_t columns, int64_t width)
      : kernels(k),
        int8(is_int8),
        n(columns),
        padded((n + k.panel_width - 1) / k.panel_width * k.panel_width),
        depth(width),
        a_floats(RandomFloats(kRows * width, 1)),
        a(k, a_floats, kRows, width),
        weight(static_cast<size_t>(n * width)),
        scales(RandomFloats(padded, 3)),
        sums(static_cast<size_t>(padded)),
        bias(RandomFloats(n, 4)) {
    const std::vector<float> random = RandomFloats(n * width, 2, int8 ? 40.0f : 1.0f);
    packed.assign(static_cast<size_t>(padded * a.words_in_row), 0);
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t i = 0; i < width; ++i) Put(j, i, random[static_cast<size_t>(j * width + i)]);
    }
  }
  void Put(int64_t column, int64_t i, float value) {
    const auto at = static_cast<size_t>(column * depth + i);
    const int64_t panel = kernels.panel_width;
    uint32_t& word = packed[static_cast<size_t>(column / panel * panel * a.words_in_row +
                                                i / kernels.depth * panel + column % panel)];
    const auto bits = static_cast<unsigned>(32 / kernels.depth * (i % kernels.depth));
    if (int8) {
      const auto q = std::clamp(static_cast<int32_t>(value), -127, 127);
      weight[at] = static_cast<double>(q);
      sums[static_cast<size_t>(column)] += q;
      word |= (static_cast<uint32_t>(q) & (kernels.depth == 4 ? 0xffu : 0xffffu)) << bits;
    } else {
      const uint32_t upper = std::bit_cast<uint32_t>(value) >> 16;
      weight[at] = std::bit_cast<float>(upper << 16);
      word |= upper << bits;
    }
  }
  std::vector<float> Run(int64_t rows, Epilogue epilogue) const {
    std::vector<float> c(static_cast<size_t>(rows * n), 0.5f);
    kernels.gemm({a.words.data(), a.words_in_row, a.scales.data(), a.zeros.data(), packed.data(),
                  scales.data(), sums.data(), bias.data(), c.data(), n, rows, n, a.words_in_row, epilogue});
    return c;
  }
  double At(int64_t row, int64_t column) const {
    double sum = 0;
    for (int64_t i = 0; i < depth; ++i) {
      const double value =
          int8 ? static_cast<double>(a.Integer(row, i)) : static_cast<double>(a.Bf16(row, i));
      sum += weight[static_cast<size_t>(column * depth + i)] * value;
    }
    const auto j = static_cast<size_t>(column);
    if (int8) sum *= static_cast<double>(a.scales[static_cast<size_t>(row)]) * scales[j];
    return sum + bias[j];
  }

  static constexpr int64_t kRows = 23;
  const PackedKernels& kernels;
  bool int8;
  int64_t n, padded, depth;
  std::vector<float> a_floats;
  Rows a;
  std::vector<double> weight;
  std::vector<float> scales;
  std::vector<int32_t> sums;
  std::vector<float> bias;
  std::vector<uint32_t> packed;
};

TEST_P(PackedKernelsTest, GemmAndItsEpilogues) {
  for (const int64_t n : {1, 15, 16, 17, 63, 64, 65, 130}) {
    for (const int64_t width : {1, 6, 33, 130}) {
      const Product product(kernels(), int8(), n, width);
      const auto stored = product.Run(Product::kRows, Epilogue::store);
      const auto positive = product.Run(Product::kRows, Epilogue::relu);
      const auto added = product.Run(Product::kRows, Epilogue::accumulate);
      for (int64_t row = 0; row < Product::kRows; ++row) {
        for (int64_t column = 0; column < n; ++column) {
          const double expected = product.At(row, column);
          const double bound = 1e-5 * (1 + std::fabs(expected));
          const auto i = static_cast<size_t>(row * n + column);
          ASSERT_NEAR(stored[i], expected, bound) << n << " x " << width;
          ASSERT_NEAR(positive[i], std::max(expected, 0.0), bound);
          ASSERT_NEAR(added[i], expected + 0.5, bound);
        }
      }
    }
  }
}

TEST_P(PackedKernelsTest, RowsOfAProductDoNotDependOnTheOthers) {
  const Product product(kernels(), int8(), 70, 200);
  const auto all = product.Run(Product::kRows, Epilogue::gelu);
  for (int64_t rows = 1; rows < Product::kRows; ++rows) {
    const auto some = product.Run(rows, Epilogue::gelu);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << rows << " rows";
  }
}

TEST_P(PackedKernelsTest, Int8SumsAreExactAtTheirLargest) {
  if (!int8()) GTEST_SKIP() << "sums of bf16 are rounded";
  // One scale that makes the float of the sum the sum: every q is 255 and every weight 127.
  const int64_t width = 3072;
  const Rows a(kernels(), std::vector<float>(static_cast<size_t>(width), 1.0f), 1, width);
  const int64_t panel = kernels().panel_width;
  const uint32_t word = kernels().depth == 4 ? 0x7f7f7f7fu : 0x007f007fu;
  const std::vector<uint32_t> b(static_cast<size_t>(panel * a.words_in_row), word);
  const std::vector<float> scales(static_cast<size_t>(panel), 255.0f);
  const std::vector<int32_t> sums(static_cast<size_t>(panel), 127 * 3072);
  std::vector<float> c(1);
  kernels().gemm({a.words.data(), a.words_in_row, a.scales.data(), a.zeros.data(), b.data(), scales.data(),
                  sums.data(), nullptr, c.data(), 1, 1, 1, a.words_in_row, Epilogue::store});
  EXPECT_NEAR(c[0], 255.0f * 127 * 3072, 16.0f);
}

INSTANTIATE_TEST_SUITE_P(Tables, PackedKernelsTest,
                         testing::Values(Table{Precision::bf16, &ScalarPackedKernels(Precision::bf16)},
                                         Table{Precision::bf16, Avx2PackedKernels(Precision::bf16)},
                                         Table{Precision::bf16, Avx512PackedKernels(Precision::bf16)},
                                         Table{Precision::int8, &ScalarPackedKernels(Precision::int8)},
                                         Table{Precision::int8, Avx2PackedKernels(Precision::int8)},
                                         Table{Precision::int8, Avx512PackedKernels(Precision::int8)}),
                         [](const testing::TestParamInfo<Table>& table) {
                           if (table.param.kernels == nullptr) return "missing" + std::to_string(table.index);
                           std::string name = table.param.kernels->name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

TEST(PrecisionTest, NamesAreReadAndWritten) {
  for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    EXPECT_EQ(PrecisionOf(PrecisionName(precision)), precision);
  }
  EXPECT_EQ(PrecisionOf("fp16"), std::nullopt);
}

}  // namespace
}  // namespace voisin::encoder
