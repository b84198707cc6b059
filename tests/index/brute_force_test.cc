#include "index/brute_force.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "index/point_set.h"
#include "tests/index/index_test_data.h"

namespace voisin::index {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TopKTest, EqualScoresByAscendingIdWhateverTheOrderOfOffers) {
  for (const std::vector<PointId>& order :
       {std::vector<PointId>{1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}, {3, 5, 1, 4, 2}}) {
    TopK best(3, std::nullopt);
    for (PointId id : order) best.Offer({id, id == 4 ? 2.0f : 1.0f});
    EXPECT_THAT(best.Take(), ElementsAre(Neighbor{4, 2}, Neighbor{1, 1}, Neighbor{2, 1}));
  }
}

TEST(TopKTest, MinScoreIsInclusive) {
  TopK best(3, 0.5f);
  best.Offer({1, 0.4f});
  best.Offer({2, 0.5f});
  EXPECT_THAT(best.Take(), ElementsAre(Neighbor{2, 0.5f}));
}

TEST(TopKTest, FewerThanAskedFor) {
  TopK none(3, std::nullopt);
  EXPECT_THAT(none.Take(), IsEmpty());
  TopK zero(0, std::nullopt);
  zero.Offer({1, 1});
  EXPECT_THAT(zero.Take(), IsEmpty());
}

TEST(BruteForceTest, SameAsSortingEverything) {
  constexpr uint32_t kDimensions = 19;
  test::ClusteredData data(3, kDimensions);
  for (Metric metric : {Metric::dot, Metric::l2}) {
    const Scorer scorer(metric, kDimensions);
    std::vector<PointId> ids;
    std::vector<float> vectors;
    std::vector<Neighbor> all;
    const std::vector<float> query = data.Next();
    for (PointId id = 0; id < 700; ++id) {
      const std::vector<float> vector = data.Next();
      ids.push_back(id);
      vectors.insert(vectors.end(), vector.begin(), vector.end());
      all.push_back({id, scorer.Score(query.data(), vector.data())});
    }
    std::ranges::sort(all, Better);
    all.resize(25);
    EXPECT_EQ(BruteForce(scorer, query, ids, vectors, 25), all);
  }
}

TEST(PointSetTest, SortsAndDropsRepetitions) {
  const PointSet set({7, 3, 7, 1});
  EXPECT_THAT(set.ascending(), ElementsAre(1, 3, 7));
  EXPECT_EQ(set.size(), 3u);
  EXPECT_FALSE(PointSet().Contains(0));
}

TEST(PointSetTest, ContainsIsTheSameNearAndFarApart) {
  for (PointId step : {PointId{1}, PointId{3}, PointId{1000}, PointId{1} << 50}) {
    std::vector<PointId> ids;
    for (PointId i = 0; i < 100; ++i) ids.push_back(5 + i * step);
    const PointSet set(ids);
    for (PointId id : ids) {
      EXPECT_TRUE(set.Contains(id));
      if (step > 1) {
        EXPECT_FALSE(set.Contains(id + 1));
      }
    }
    EXPECT_FALSE(set.Contains(4));
    EXPECT_FALSE(set.Contains(ids.back() + 1));
    EXPECT_FALSE(set.Contains(~PointId{0}));
  }
}

}  // namespace
}  // namespace voisin::index
