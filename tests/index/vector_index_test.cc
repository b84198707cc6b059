#include "index/vector_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "base/thread_pool.h"
#include "tests/index/index_test_data.h"

namespace voisin::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VectorIndexTest : public ::testing::Test {
 protected:
  std::unique_ptr<VectorIndex> Make(Metric metric, uint32_t dimensions, uint32_t seal_points = 100) {
    VectorIndex::Options options;
    options.dimensions = dimensions;
    options.metric = metric;
    options.seal_points = seal_points;
    options.params.m = 8;
    options.params.ef_search = 20;
    auto opened = VectorIndex::Open(options, &pool_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->applied_lsn, 0u);
    EXPECT_EQ(opened->damage, "");
    return std::move(opened->index);
  }

  static std::vector<Neighbor> Find(const VectorIndex& index, std::vector<float> vector, uint32_t top_k,
                                    bool exact = true, std::optional<float> min_score = {}) {
    Query query;
    query.vector = vector;
    query.top_k = top_k;
    query.exact = exact;
    query.min_score = min_score;
    const auto result = index.Search(query);
    EXPECT_TRUE(result.ok()) << result.status();
    return result->neighbors;
  }

  ThreadPool pool_{{}};
};

TEST_F(VectorIndexTest, EmptyIndexFindsNothing) {
  const auto index = Make(Metric::cosine, 2);
  EXPECT_THAT(Find(*index, {1, 0}, 3), IsEmpty());
  index->WaitUntilIndexed();
  EXPECT_THAT(Find(*index, {1, 0}, 3, false), IsEmpty());
  EXPECT_EQ(index->Stats().points, 0u);
}

TEST_F(VectorIndexTest, ScoresOfEachMetric) {
  const auto cosine = Make(Metric::cosine, 2);
  const auto dot = Make(Metric::dot, 2);
  const auto l2 = Make(Metric::l2, 2);
  const float vector[] = {3, 4};
  for (const auto* index : {&cosine, &dot, &l2}) ASSERT_TRUE((*index)->Add(1, vector).ok());
  EXPECT_FLOAT_EQ(Find(*cosine, {2, 0}, 1)[0].score, 0.6f);
  EXPECT_FLOAT_EQ(Find(*dot, {2, 0}, 1)[0].score, 6.0f);
  EXPECT_FLOAT_EQ(Find(*l2, {2, 0}, 1)[0].score, -17.0f);
}

TEST_F(VectorIndexTest, TiesByAscendingIdInScanAndWalk) {
  constexpr uint32_t kDimensions = 6;
  const auto index = Make(Metric::l2, kDimensions, 1000);
  const std::vector<float> center(kDimensions, 0.0f);
  std::mt19937 random(5);
  std::normal_distribution<float> component;
  // 40 identical vectors, more than any list of links is long, amidst 2000 others.
  for (PointId id = 1; id <= 2000; ++id) {
    std::vector<float> vector = center;
    if (id % 50 != 0) std::ranges::generate(vector, [&] { return component(random); });
    ASSERT_TRUE(index->Add(id, vector).ok());
  }
  index->WaitUntilIndexed();
  const auto walked = Find(*index, center, 4, false);
  EXPECT_THAT(walked, ElementsAre(Neighbor{50, 0}, Neighbor{100, 0}, Neighbor{150, 0}, Neighbor{200, 0}));
  EXPECT_EQ(Find(*index, center, 4, true), walked);
  EXPECT_EQ(Find(*index, center, 40, false), Find(*index, center, 40, true));
}

TEST_F(VectorIndexTest, MinScoreAndMoreThanThereIs) {
  const auto index = Make(Metric::dot, 1);
  for (PointId id = 1; id <= 5; ++id) {
    const float vector[] = {static_cast<float>(id)};
    ASSERT_TRUE(index->Add(id, vector).ok());
  }
  EXPECT_THAT(Find(*index, {1}, 100, true, 4.0f), ElementsAre(Neighbor{5, 5}, Neighbor{4, 4}));
  EXPECT_EQ(Find(*index, {1}, 4'000'000'000u).size(), 5u);
}

TEST_F(VectorIndexTest, BadInputIsRefusedByNameAndChangesNothing) {
  const auto index = Make(Metric::cosine, 2);
  const float inf = std::numeric_limits<float>::infinity();
  const auto refused = [&](std::vector<float> vector) {
    const absl::Status added = index->Add(1, vector);
    EXPECT_EQ(added.code(), absl::StatusCode::kInvalidArgument);
    Query query;
    query.vector = vector;
    EXPECT_EQ(index->Search(query).status(), added);
    return std::string(added.message());
  };
  EXPECT_THAT(refused({1, 2, 3}), HasSubstr("expected 2 numbers, found 3"));
  EXPECT_THAT(refused({1, inf}), HasSubstr("found inf at position 1"));
  EXPECT_THAT(refused({std::nanf(""), 1}), HasSubstr("found nan at position 0"));
  EXPECT_THAT(refused({0, 0}), HasSubstr("all zeros"));
  EXPECT_THAT(refused({3e38f, 3e38f}), HasSubstr("squared length"));
  EXPECT_EQ(index->Stats().points, 0u);
  const float fine[] = {1, 0};
  Query none;
  none.vector = fine;
  none.top_k = 0;
  EXPECT_THAT(std::string(index->Search(none).status().message()), HasSubstr("top_k"));
}

TEST_F(VectorIndexTest, AnIdLivesOnce) {
  const auto index = Make(Metric::dot, 1, 2);
  const float vector[] = {1};
  for (PointId id = 1; id <= 3; ++id) ASSERT_TRUE(index->Add(id, vector).ok());
  EXPECT_EQ(index->Add(3, vector).code(), absl::StatusCode::kInvalidArgument);
  index->WaitUntilIndexed();
  EXPECT_EQ(index->Add(1, vector).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(index->Remove(1));
  EXPECT_FALSE(index->Remove(1));
  EXPECT_FALSE(index->Remove(77));
  EXPECT_THAT(Find(*index, {1}, 5), ElementsAre(Neighbor{2, 1}, Neighbor{3, 1}));
  EXPECT_TRUE(index->Add(1, vector).ok());
  index->WaitUntilIndexed();
  EXPECT_THAT(Find(*index, {1}, 5), ElementsAre(Neighbor{1, 1}, Neighbor{2, 1}, Neighbor{3, 1}));
}

TEST_F(VectorIndexTest, OptionsOutOfRange) {
  const auto refused = [&](auto change) {
    VectorIndex::Options options;
    options.dimensions = 4;
    change(options);
    const auto opened = VectorIndex::Open(options, &pool_);
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(opened.status().message());
  };
  EXPECT_THAT(refused([](auto& o) { o.dimensions = 0; }), HasSubstr("dimensions: expected 1..8192, found 0"));
  EXPECT_THAT(refused([](auto& o) { o.dimensions = 8193; }), HasSubstr("8193"));
  EXPECT_THAT(refused([](auto& o) { o.params.m = 3; }), HasSubstr("m: expected 4..128, found 3"));
  EXPECT_THAT(refused([](auto& o) { o.params.ef_construction = 31; }), HasSubstr("32..2000"));
  EXPECT_THAT(refused([](auto& o) { o.params.ef_search = 0; }), HasSubstr("ef_search"));
  EXPECT_THAT(refused([](auto& o) { o.seal_points = 0; }), HasSubstr("seal_points"));
  EXPECT_THAT(refused([](auto& o) { o.max_dead_ratio = 0; }), HasSubstr("max_dead_ratio"));
}

TEST_F(VectorIndexTest, CompactionFreesWhatDied) {
  const auto index = Make(Metric::l2, 8, 500);
  test::ClusteredData data(5, 8);
  for (PointId id = 1; id <= 3000; ++id) ASSERT_TRUE(index->Add(id, data.Next()).ok());
  index->WaitUntilIndexed();
  const uint64_t full = index->Stats().memory_bytes;
  for (PointId id = 1; id <= 2700; ++id) ASSERT_TRUE(index->Remove(id));
  index->WaitUntilIndexed();
  EXPECT_EQ(index->Stats().points, 300u);
  EXPECT_LE(index->Stats().dead, 200u);
  EXPECT_LT(index->Stats().memory_bytes, full / 4);
  for (PointId id = 2701; id <= 3000; ++id) ASSERT_TRUE(index->Remove(id));
  index->WaitUntilIndexed();
  EXPECT_EQ(index->Stats().points, 0u);
  EXPECT_THAT(Find(*index, std::vector<float>(8), 5, false), IsEmpty());
}

TEST_F(VectorIndexTest, FewGraphsHoldManySeals) {
  const auto index = Make(Metric::l2, 4, 50);
  test::ClusteredData data(6, 4);
  for (PointId id = 1; id <= 5000; ++id) {
    ASSERT_TRUE(index->Add(id, data.Next()).ok());
    if (id % 500 == 0) index->WaitUntilIndexed();
  }
  EXPECT_EQ(index->Stats().graph_points, 5000u);
  EXPECT_LE(index->Stats().segments, 4u);
}

TEST_F(VectorIndexTest, QuietTimesBringEverythingIntoOneGraph) {
  const auto index = Make(Metric::l2, 4, 50);
  test::ClusteredData data(6, 4);
  PointId id = 0;
  const auto add = [&](int points) {
    while (points-- > 0) ASSERT_TRUE(index->Add(++id, data.Next()).ok());
  };
  add(40);
  index->Consolidate();
  EXPECT_EQ(index->Stats().graph_points, 0u) << "few points stay scanned";
  add(3960);
  index->WaitUntilIndexed();
  add(80);  // too few to extend the graph while more may come
  index->Consolidate();
  index->WaitUntilIndexed();
  EXPECT_EQ(index->Stats().graph_points, 4080u);
  EXPECT_EQ(index->Stats().segments, 2u) << "one graph, and one that grows";
  add(15);
  index->Consolidate();
  EXPECT_EQ(index->Stats().graph_points, 4080u) << "not worth a build";
}

TEST(VectorIndexParams, HoldForGraphsBuiltLater) {
  const auto memory_with = [](uint32_t m) {
    ThreadPool pool{{}};
    VectorIndex::Options options;
    options.dimensions = 4;
    options.params = {.m = 4, .ef_construction = 40, .ef_search = 20};
    const auto opened = VectorIndex::Open(options, &pool);
    EXPECT_TRUE(opened.ok()) << opened.status();
    opened->index->SetParams({.m = m, .ef_construction = 100, .ef_search = 20});
    test::ClusteredData data(5, 4);
    for (PointId id = 1; id <= 300; ++id) EXPECT_TRUE(opened->index->Add(id, data.Next()).ok());
    opened->index->WaitUntilIndexed();
    return opened->index->Stats().memory_bytes;
  };
  // Twice m links of four bytes for each node; some vectors share one.
  EXPECT_GT(memory_with(64), memory_with(4) + size_t{200} * 2 * 60 * 4);
}

}  // namespace
}  // namespace voisin::index
