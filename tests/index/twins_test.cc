// Documents with identical vectors: one node of the graph, each its own point.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/thread_pool.h"
#include "tests/index/index_test_data.h"

namespace voisin::index {
namespace {

constexpr uint32_t kDimensions = 32;
constexpr double kRecallFloor = 0.98;

class TwinsTest : public ::testing::TestWithParam<Metric> {
 protected:
  TwinsTest() {
    VectorIndex::Options options{.dimensions = kDimensions,
                                 .metric = GetParam(),
                                 .params = {.m = 16, .ef_construction = 100, .ef_search = 20}};
    options.seal_points = 1000;
    auto opened = VectorIndex::Open(options, &pool_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    index_ = std::move(opened->index);
  }

  // `groups` distinct vectors, most of them once to eight times, every fortieth a hundred times, in mixed order and over several segments.
  void Fill(size_t groups) {
    std::vector<size_t> order;
    for (size_t group = 0; group < groups; ++group) {
      vectors_.push_back(data_.Next());
      order.insert(order.end(), group % 40 == 0 ? 100 : 1 + group % 8, group);
    }
    std::ranges::shuffle(order, random_);
    for (size_t group : order) {
      const PointId id = ++last_id_;
      ASSERT_TRUE(index_->Add(id, vectors_[group]).ok());
      members_[group].push_back(id);
      if (id % 6000 == 0) index_->WaitUntilIndexed();
    }
    index_->WaitUntilIndexed();
  }

  std::vector<Neighbor> Find(const std::vector<float>& vector, uint32_t top_k, bool exact) const {
    const auto result = index_->Search({.vector = vector, .top_k = top_k, .exact = exact});
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->path, exact ? SearchPath::exact : SearchPath::ann);
    return result->neighbors;
  }

  // A search for a group's own vector finds its members first, the lowest ids before the others.
  void ExpectMembers(size_t group) const {
    const std::vector<PointId>& members = members_.at(group);
    const auto found = Find(vectors_[group], 10, false);
    for (size_t i = 0; i < std::min<size_t>(10, members.size()); ++i) {
      ASSERT_LT(i, found.size());
      EXPECT_EQ(found[i].id, members[i]) << "group " << group;
    }
  }

  ThreadPool pool_{{}};
  test::ClusteredData data_{21, kDimensions};
  std::mt19937_64 random_{22};
  std::unique_ptr<VectorIndex> index_;
  std::vector<std::vector<float>> vectors_;
  std::map<size_t, std::vector<PointId>> members_;  // ascending ids of those that live
  PointId last_id_ = 0;
};

TEST_P(TwinsTest, AGraphOfTwinsHasNoPockets) {
  Fill(1200);
  double recall = 0;
  constexpr int kQueries = 100;
  for (int i = 0; i < kQueries; ++i) {
    const std::vector<float> vector = data_.Next();
    recall += test::Recall(Find(vector, 10, false), Find(vector, 10, true)) / kQueries;
  }
  EXPECT_GE(recall, kRecallFloor);
  EXPECT_EQ(index_->Stats().graph_points, last_id_);
}

TEST_P(TwinsTest, RemovingOneKeepsTheOthers) {
  Fill(1200);
  for (auto& [group, members] : members_) {
    std::ranges::shuffle(members, random_);
    const size_t dying = random_() % (members.size() + 1);
    for (size_t i = 0; i < dying; ++i) ASSERT_TRUE(index_->Remove(members[i]));
    members.erase(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(dying));
    std::ranges::sort(members);
  }
  for (size_t group = 0; group < vectors_.size(); ++group) ExpectMembers(group);
  index_->WaitUntilIndexed();  // compacts
  for (size_t group = 0; group < vectors_.size(); ++group) ExpectMembers(group);
}

INSTANTIATE_TEST_SUITE_P(Metrics, TwinsTest, ::testing::Values(Metric::cosine, Metric::l2));

}  // namespace
}  // namespace voisin::index
