#include "encoder/precision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "encoder/text_encoder.h"
#include "tests/support/random_bert.h"
#include "tests/support/scratch_dir.h"

namespace voisin::encoder {
namespace {

constexpr test::BertShape kShape = {
    .layers = 2, .width = 96, .heads = 3, .intermediate = 200, .vocabulary = 128};
const int32_t kLengths[] = {3, 1, 40, 17, 64, 9};

Batch Texts(const std::vector<size_t>& which) {
  Batch batch;
  for (const size_t text : which) {
    Encoding encoding;
    for (int32_t i = 0; i < kLengths[text]; ++i) {
      encoding.input_ids.push_back(static_cast<int32_t>(text * 31 + static_cast<size_t>(i) * 7) % 90 + 3);
    }
    encoding.token_type_ids.resize(encoding.input_ids.size());
    batch.Append(encoding);
  }
  return batch;
}

std::vector<float> Encode(const TextEncoder& encoder, const std::vector<size_t>& which) {
  std::vector<float> rows(which.size() * static_cast<size_t>(encoder.info().dimensions));
  const absl::Status status = encoder.Encode(Texts(which), rows);
  EXPECT_TRUE(status.ok()) << status;
  return rows;
}

double Cosine(const float* a, const float* b, size_t width) {
  double dot = 0;
  for (size_t i = 0; i < width; ++i) dot += static_cast<double>(a[i]) * b[i];
  return dot;  // both are of unit length
}

class PrecisionsTest : public testing::TestWithParam<Precision> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::WriteRandomBert(kShape, dir_.path()).ok());
    auto encoder = TextEncoder::Load(dir_.path(), {.precision = GetParam()});
    ASSERT_TRUE(encoder.ok()) << encoder.status();
    encoder_ = *std::move(encoder);
  }
  test::ScratchDir dir_;
  std::unique_ptr<TextEncoder> encoder_;
};

TEST_P(PrecisionsTest, ATextGivesTheSameRowInAnyBatchBitForBit) {
  const std::vector<size_t> order = {0, 1, 2, 3, 4, 5};
  const std::vector<size_t> reverse(order.rbegin(), order.rend());
  const std::vector<float> rows = Encode(*encoder_, order);
  const std::vector<float> backwards = Encode(*encoder_, reverse);
  const auto width = static_cast<ptrdiff_t>(kShape.width);
  for (const size_t text : order) {
    const auto row = rows.begin() + static_cast<ptrdiff_t>(text) * width;
    const std::vector<float> alone = Encode(*encoder_, {text});
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), row)) << "text " << text;
    const auto other = backwards.begin() + static_cast<ptrdiff_t>(order.size() - 1 - text) * width;
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), other)) << "text " << text;
  }
}

TEST_P(PrecisionsTest, StaysCloseToFp32AndHasItsOwnFingerprint) {
  const auto fp32 = TextEncoder::Load(dir_.path());
  ASSERT_TRUE(fp32.ok());
  const std::vector<size_t> all = {0, 1, 2, 3, 4, 5};
  const std::vector<float> expected = Encode(**fp32, all);
  const std::vector<float> rows = Encode(*encoder_, all);
  const auto width = static_cast<size_t>(kShape.width);
  const double floor = GetParam() == Precision::fp32   ? 0.999999
                       : GetParam() == Precision::bf16 ? 0.9999
                                                       : 0.99;
  for (size_t i = 0; i < rows.size(); i += width) EXPECT_GE(Cosine(&rows[i], &expected[i], width), floor);
  EXPECT_EQ(encoder_->info().precision, GetParam());
  EXPECT_EQ(encoder_->info().fingerprint == (*fp32)->info().fingerprint, GetParam() == Precision::fp32);
}

INSTANTIATE_TEST_SUITE_P(All, PrecisionsTest,
                         testing::Values(Precision::fp32, Precision::bf16, Precision::int8),
                         [](const auto& precision) { return std::string(PrecisionName(precision.param)); });

}  // namespace
}  // namespace voisin::encoder
