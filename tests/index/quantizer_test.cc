#include "index/quantizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "index/rerank.h"
#include "index/segment_build.h"
#include "tests/index/index_test_data.h"

namespace voisin::index {
namespace {

using test::ClusteredData;
using test::Rows;

constexpr float kFull = 127;

double ExactScore(Metric metric, const float* a, const float* b, size_t dimensions) {
  double score = 0;
  for (size_t i = 0; i < dimensions; ++i) {
    const double difference = double{a[i]} - b[i];
    score += metric == Metric::l2 ? -difference * difference : double{a[i]} * b[i];
  }
  return score;
}

class QuantizerTest : public ::testing::TestWithParam<Metric> {};

TEST_P(QuantizerTest, EveryNumberIsWithinHalfAScale) {
  constexpr size_t kDimensions = 70, kRows = 50;
  ClusteredData data(3, kDimensions);
  const std::vector<float> rows = Rows(data, kRows);
  const Codes codes = Quantize(GetParam(), kDimensions, rows);
  ASSERT_EQ(codes.codes.size(), kRows * 128);
  for (size_t row = 0; row < kRows; ++row) {
    double squares = 0;
    const float scale = codes.terms[row].scale;
    EXPECT_LE(scale, codes.largest_scale);
    for (size_t i = 0; i < kDimensions; ++i) {
      const float centred = rows[row * kDimensions + i] - codes.centre[i];
      EXPECT_NEAR(static_cast<float>(codes.codes[row * 128 + i]) * scale, centred, scale * 0.5001f);
      squares += double{centred} * centred;
    }
    EXPECT_LE(std::sqrt(squares), codes.radius);
    for (size_t i = kDimensions; i < 128; ++i) EXPECT_EQ(codes.codes[row * 128 + i], 0);
  }
}

TEST_P(QuantizerTest, TheErrorStaysWithinItsBoundAndIsSmall) {
  constexpr size_t kRows = 200;
  for (const size_t dimensions : {1u, 3u, 64u, 65u, 384u}) {
    for (const float shift : {0.0f, 20.0f}) {
      ClusteredData data(dimensions, static_cast<uint32_t>(dimensions));
      const std::vector<float> rows = Rows(data, kRows, shift), queries = Rows(data, 20, shift);
      const Codes codes = Quantize(GetParam(), dimensions, rows);
      std::vector<uint32_t> all(kRows);
      for (uint32_t i = 0; i < kRows; ++i) all[i] = i;
      std::vector<float> scores(kRows);
      for (size_t q = 0; q < 20; ++q) {
        const float* query = queries.data() + q * dimensions;
        const CodeQuery code_query(GetParam(), codes.view(), query);
        code_query.ScoreRows(all.data(), kRows, scores.data());
        for (uint32_t row = 0; row < kRows; ++row) {
          const double exact = ExactScore(GetParam(), query, rows.data() + row * dimensions, dimensions);
          const double bound = code_query.AtMost(scores[row], row);
          EXPECT_LE(exact, bound) << dimensions << " dimensions, row " << row;
          EXPECT_LE(bound, code_query.AtMost(scores[row]));
          // From below the same: the bound is as far above the approximation as the exact score may be below it.
          EXPECT_GE(exact, 2 * code_query.Approximate(scores[row]) - bound - 1e-4 * std::abs(exact));
        }
      }
    }
  }
}

TEST_P(QuantizerTest, PairsAgreeWithQueriesButForAConstant) {
  constexpr size_t kDimensions = 100, kRows = 60;
  ClusteredData data(8, kDimensions);
  const std::vector<float> rows = Rows(data, kRows);
  const Codes codes = Quantize(GetParam(), kDimensions, rows);
  const CodePairs pairs(GetParam(), codes.view());
  for (uint32_t a = 0; a < kRows; ++a) {
    const CodeQuery query(GetParam(), codes.view(), rows.data() + a * kDimensions);
    float at[2];
    for (uint32_t b = 0; b + 1 < kRows; ++b) {
      const uint32_t next[] = {b, b + 1};
      query.ScoreRows(next, 2, at);
      EXPECT_NEAR(pairs.Score(a, b) - pairs.Score(a, b + 1), at[0] - at[1], 1e-3);
      EXPECT_EQ(pairs.Score(a, b), pairs.Score(b, a));
    }
  }
}

TEST_P(QuantizerTest, EqualRowsAndZerosNeedNoCodes) {
  const std::vector<float> rows(15, 2.5f);
  const Codes codes = Quantize(GetParam(), 3, rows);
  EXPECT_THAT(codes.codes, ::testing::Each(0));
  const float query[] = {1, 2, 3};
  const CodeQuery code_query(GetParam(), codes.view(), query);
  const uint32_t row = 4;
  float score;
  code_query.ScoreRows(&row, 1, &score);
  EXPECT_NEAR(code_query.Approximate(score), ExactScore(GetParam(), query, rows.data(), 3), 1e-4);
}

TEST_P(QuantizerTest, TheLargestNumberOfAVectorHasTheLargestCode) {
  const std::vector<float> rows = {1, -4, 0.5f, -1, 4, -0.5f};  // the centre is zero
  const Codes codes = Quantize(GetParam(), 3, rows);
  EXPECT_EQ(codes.codes[1], -kFull);
  EXPECT_EQ(codes.codes[64 + 1], kFull);
  EXPECT_FLOAT_EQ(codes.terms[0].scale, 4 / kFull);
}

// What is left out because of the bound would not have been kept.
TEST_P(QuantizerTest, RerankKeepsWhatComparingEverythingKeeps) {
  constexpr uint32_t kDimensions = 24, kRows = 400;
  ClusteredData data(5, kDimensions, 4, 0.05);
  const auto segment = GraphSegment::Own(1, test::Unlinked(GetParam(), kDimensions, Rows(data, kRows)));
  const Scorer scorer(GetParam(), kDimensions);
  for (int i = 0; i < 50; ++i) {
    const std::vector<float> vector = data.Next();
    const Query query{.vector = vector};
    const CodeQuery codes(GetParam(), segment->view().codes, vector.data());
    std::vector<ScoredNode> nodes;
    for (uint32_t node = static_cast<uint32_t>(i); node < kRows; node += 2) {
      float score;
      codes.ScoreRows(&node, 1, &score);
      nodes.push_back({score, node});
    }
    TopK all(10, std::nullopt), kept(10, std::nullopt);
    for (const ScoredNode& node : nodes) {
      all.Offer({node.node + 1, scorer.Score(vector.data(), segment->vector(node.node))});
    }
    std::ranges::sort(nodes, Closer);
    ASSERT_TRUE(Rerank(*segment, scorer, query, codes, nodes, kept).ok());
    EXPECT_EQ(kept.Take(), all.Take());
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, QuantizerTest, ::testing::Values(Metric::cosine, Metric::dot, Metric::l2));

}  // namespace
}  // namespace voisin::index
