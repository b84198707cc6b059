#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread_pool.h"
#include "tests/index/index_test_data.h"

namespace voisin::index {
namespace {

using test::ClusteredData;
using test::Recall;

constexpr uint32_t kDimensions = 48;
constexpr double kRecallFloor = 0.98;
constexpr double kFilteredRecallFloor = 0.98;

class RecallTest : public ::testing::TestWithParam<Metric> {
 protected:
  RecallTest() : data_(7, kDimensions) {
    VectorIndex::Options options{
        .dimensions = kDimensions, .metric = GetParam(), .params = {.m = 16, .ef_search = 64}};
    options.seal_points = 1000;
    auto opened = VectorIndex::Open(options, &pool_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    index_ = std::move(opened->index);
  }

  // Ids from 1; every tenth vector repeats one of 20, so that 20 groups of identical vectors arise.
  void Fill(uint32_t points) {
    std::vector<std::vector<float>> repeated;
    for (int i = 0; i < 20; ++i) repeated.push_back(data_.Next());
    for (PointId id = 1; id <= points; ++id) {
      ASSERT_TRUE(index_->Add(id, id % 10 == 0 ? repeated[id / 10 % 20] : data_.Next()).ok());
    }
    index_->WaitUntilIndexed();
  }

  // -1 when a search took another path than expected.
  double MeanRecall(const PointSet* filter, SearchPath expected) {
    double sum = 0;
    constexpr int kQueries = 100;
    for (int i = 0; i < kQueries; ++i) {
      const std::vector<float> vector = data_.Next();
      const Query query{.vector = vector, .filter = filter};
      Query exact = query;
      exact.exact = true;
      const auto found = index_->Search(query);
      const auto truth = index_->Search(exact);
      if (found->path != expected || truth->neighbors.size() != 10) return -1;
      sum += Recall(found->neighbors, truth->neighbors);
    }
    return sum / kQueries;
  }

  ThreadPool pool_{{.threads = 1, .nice = kBackgroundNice}};
  ClusteredData data_;
  std::unique_ptr<VectorIndex> index_;
};

TEST_P(RecallTest, WalkFindsWhatAScanFinds) {
  Fill(12000);
  EXPECT_GE(MeanRecall(nullptr, SearchPath::ann), kRecallFloor);
  EXPECT_EQ(index_->Stats().graph_points, 12000u);
}

TEST_P(RecallTest, FiltersOfEverySelectivity) {
  Fill(12000);
  for (const PointId step : {1u, 2u, 3u, 10u, 100u, 1000u}) {
    std::vector<PointId> ids;
    for (PointId id = 1; id <= 12000; id += step) ids.push_back(id);
    const PointSet filter(ids);
    const SearchPath path = step <= 2 ? SearchPath::filtered_ann : SearchPath::filtered_exact;
    EXPECT_GE(MeanRecall(&filter, path), kFilteredRecallFloor) << "one of " << step;
  }
}

TEST_P(RecallTest, TheAnswerSaysWhyItsPathWasTaken) {
  Fill(12000);
  const std::vector<float> vector = data_.Next();
  const auto reason = [&](PointId step, bool exact) {
    std::vector<PointId> ids;
    for (PointId id = 1; id <= 12000; ++id) {
      if (step == 0 ? id > 100 : id % step == 0) ids.push_back(id);
    }
    const PointSet filter(ids);
    return index_->Search({.vector = vector, .exact = exact, .filter = &filter})->reason;
  };
  EXPECT_EQ(index_->Search({.vector = vector})->reason, PathReason::no_filter);
  EXPECT_EQ(reason(0, false), PathReason::wide_filter);
  EXPECT_EQ(reason(2, false), PathReason::narrow_filter);
  EXPECT_EQ(reason(100, false), PathReason::few_points);
  EXPECT_EQ(reason(2, true), PathReason::exact_asked);
}

TEST_P(RecallTest, HalfOfThePointsDead) {
  Fill(12000);
  for (PointId id = 1; id <= 12000; id += 2) ASSERT_TRUE(index_->Remove(id));
  EXPECT_GE(MeanRecall(nullptr, SearchPath::ann), kRecallFloor);
  index_->WaitUntilIndexed();
  EXPECT_EQ(index_->Stats().points, 6000u);
  EXPECT_LT(index_->Stats().dead, 2000u);
  EXPECT_GE(MeanRecall(nullptr, SearchPath::ann), kRecallFloor);
}

INSTANTIATE_TEST_SUITE_P(Metrics, RecallTest, ::testing::Values(Metric::cosine, Metric::dot, Metric::l2));

}  // namespace
}  // namespace voisin::index
