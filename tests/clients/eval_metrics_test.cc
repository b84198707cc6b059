#include "clients/cli/eval_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "clients/cli/eval_ranking.h"

namespace voisin::cli {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Optional;

// By hand: DCG = 3/log2(2) + 0/log2(3) + 1/log2(4) = 3.5; the ideal order of {3, 2, 1} is 3 + 2/log2(3) + 1/2.
TEST(NdcgTest, EqualsTheSumByHand) {
  const double ideal = 3 + 2 / std::log2(3.0) + 0.5;
  EXPECT_DOUBLE_EQ(NdcgAt(10, std::vector<int>{3, 0, 1}, std::vector<int>{1, 2, 3}), 3.5 / ideal);
  EXPECT_DOUBLE_EQ(NdcgAt(10, std::vector<int>{3, 2, 1, 0}, std::vector<int>{2, 1, 3}), 1);
  EXPECT_DOUBLE_EQ(NdcgAt(10, std::vector<int>{0, 0}, std::vector<int>{1}), 0);
}

TEST(NdcgTest, CutsTheRankingAndTheIdealAtK) {
  EXPECT_DOUBLE_EQ(NdcgAt(1, std::vector<int>{1, 2}, std::vector<int>{1, 2}), 0.5);
  EXPECT_DOUBLE_EQ(NdcgAt(2, std::vector<int>{1, 1, 0}, std::vector<int>{1, 1, 1, 1}), 1);
}

TEST(NdcgTest, GradesBelowZeroCountAsZero) {
  EXPECT_DOUBLE_EQ(NdcgAt(10, std::vector<int>{-1, 2}, std::vector<int>{2, -1, -5}), 1 / std::log2(3.0));
}

TEST(ReciprocalRankTest, OfTheFirstRelevantWithinK) {
  EXPECT_DOUBLE_EQ(ReciprocalRankAt(10, std::vector<int>{0, -1, 0, 1, 3}), 0.25);
  EXPECT_DOUBLE_EQ(ReciprocalRankAt(3, std::vector<int>{0, 0, 0, 1}), 0);
  EXPECT_DOUBLE_EQ(ReciprocalRankAt(10, std::vector<int>{}), 0);
}

TEST(RecallTest, CountsRelevantOnly) {
  EXPECT_DOUBLE_EQ(RecallAt(3, std::vector<int>{1, 0, 2, 1}, std::vector<int>{1, 1, 2, 3, 0, -1}), 0.5);
}

TEST(AverageRanksTest, EqualValuesShareTheMean) {
  EXPECT_THAT(AverageRanks(std::vector<double>{10, 20, 20, 5, 20}), ElementsAre(2, 4, 4, 1, 4));
  EXPECT_THAT(AverageRanks({}), ElementsAre());
}

// Ranks of a: 1, 2.5, 2.5, 4; of b: 2, 1, 3.5, 3.5. Less the mean 2.5: (-1.5, 0, 0, 1.5) and (-0.5, -1.5, 1, 1).
// Sums: xy = 0.75 + 1.5 = 2.25, xx = 4.5, yy = 4.5.
TEST(SpearmanTest, EqualsTheSumByHandWithTies) {
  EXPECT_THAT(SpearmanCorrelation(std::vector<double>{1, 7, 7, 9}, std::vector<double>{0.2, 0.1, 0.5, 0.5}),
              Optional(DoubleEq(0.5)));
}

// The textbook formula without ties: 1 - 6 * sum d^2 / (n (n^2 - 1)); ranks differ by 1, 1, 0, 1, 1 here.
TEST(SpearmanTest, EqualsTheTextbookFormulaWithoutTies) {
  EXPECT_THAT(
      SpearmanCorrelation(std::vector<double>{1, 2, 3, 4, 5}, std::vector<double>{20, 10, 30, 50, 40}),
      Optional(DoubleNear(1 - 6.0 * 4 / (5 * 24), 1e-15)));
  EXPECT_THAT(SpearmanCorrelation(std::vector<double>{1, 2, 3}, std::vector<double>{-5, -6, -70}),
              Optional(DoubleNear(-1, 1e-15)));
}

TEST(SpearmanTest, IsUndefinedWithoutTwoValues) {
  EXPECT_EQ(SpearmanCorrelation(std::vector<double>{1, 1, 1}, std::vector<double>{1, 2, 3}), std::nullopt);
  EXPECT_EQ(SpearmanCorrelation(std::vector<double>{1}, std::vector<double>{1}), std::nullopt);
  EXPECT_EQ(SpearmanCorrelation({}, {}), std::nullopt);
}

// The rank of a value counted one by one: values below it, half of the others that equal it.
double CountedRank(const std::vector<double>& values, double value) {
  const auto below = std::ranges::count_if(values, [&](double other) { return other < value; });
  const auto equal = std::ranges::count(values, value);
  return static_cast<double>(below) + static_cast<double>(equal + 1) / 2;
}

// Pearson's correlation, as its definition has it.
double Pearson(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  const double sx = std::accumulate(x.begin(), x.end(), 0.0);
  const double sy = std::accumulate(y.begin(), y.end(), 0.0);
  const double sxy = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  const double sxx = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  const double syy = std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
  return (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
}

TEST(SpearmanTest, EqualsASlowReferenceOnRandomListsWithTies) {
  std::mt19937 random(17);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> a(2 + random() % 60);
    std::vector<double> b(a.size());
    for (double& value : a) value = static_cast<double>(random() % 12);
    for (double& value : b) value = static_cast<double>(random() % 12);
    a[0] = 100;
    b[1] = 100;
    std::vector<double> x;
    std::vector<double> y;
    for (const double value : a) x.push_back(CountedRank(a, value));
    for (const double value : b) y.push_back(CountedRank(b, value));
    EXPECT_THAT(SpearmanCorrelation(a, b), Optional(DoubleNear(Pearson(x, y), 1e-12))) << "round " << round;
  }
}

TEST(TopDocumentsTest, BreaksTiesByTheGreaterId) {
  const std::vector<std::string> ids = {"10", "9", "b", "a"};
  EXPECT_THAT(TopDocuments(std::vector<double>{1, 1, 0.5, 2}, ids, 3), ElementsAre(3, 1, 0));
  EXPECT_THAT(TopDocuments(std::vector<double>{0, 0, 0, 0}, ids, 9), ElementsAre(2, 3, 1, 0));
}

// Query 0 finds its one relevant document second; query 1 finds grades 2, 1 in the wrong order.
TEST(ScoreRetrievalTest, MeansOverQueries) {
  RetrievalSet set;
  set.documents = {{"a", "b", "c"}, {"", "", ""}};
  set.queries = {{"a", "q"}, {"", ""}};
  set.judgments = {{{1, 1}}, {{0, 2}, {2, 1}}};
  const std::vector<std::vector<double>> scores = {{3, 2, 1}, {2, 1, 3}};
  const RetrievalFigures figures = ScoreRetrieval(
      set, [&](size_t query, std::span<double> out) { std::ranges::copy(scores[query], out.begin()); });
  const double l3 = 1 / std::log2(3.0);
  EXPECT_DOUBLE_EQ(figures.ndcg_at_10, (l3 + (1 + 2 * l3) / (2 + l3)) / 2);
  EXPECT_DOUBLE_EQ(figures.mrr_at_10, (0.5 + 1) / 2);
  EXPECT_DOUBLE_EQ(figures.recall_at_100, 1);
}

}  // namespace
}  // namespace voisin::cli
