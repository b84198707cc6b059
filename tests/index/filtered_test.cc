// The three ways to search one segment under a filter, each called for itself, against a plain comparison of all points.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/thread_pool.h"
#include "index/graph_walk.h"
#include "index/hnsw_builder.h"
#include "index/segment_scan.h"
#include "tests/index/index_test_data.h"

namespace voisin::index {
namespace {

constexpr uint32_t kDimensions = 24;
constexpr uint32_t kNodes = 6000;

uint64_t Seed() {
  const char* named = std::getenv("VOISIN_SEED");
  return named != nullptr ? std::strtoull(named, nullptr, 10) : 20251125;
}

// A segment of clustered vectors; ids have gaps, every tenth node has two points, some points are dead.
class FilteredTest : public ::testing::TestWithParam<Metric> {
 protected:
  FilteredTest() : random_(Seed()), data_(Seed() + 1, kDimensions, 30), scorer_(GetParam(), kDimensions) {
    SegmentArrays arrays;
    arrays.dimensions = kDimensions;
    PointId id = 0;
    for (uint32_t node = 0; node < kNodes; ++node) {
      const std::vector<float> vector = Normalised(data_.Next());
      arrays.vectors.insert(arrays.vectors.end(), vector.begin(), vector.end());
      for (int point = 0; point < (node % 10 == 0 ? 2 : 1); ++point) {
        id += random_() % 20 == 0 ? 1 + random_() % 50 : 1;
        arrays.ids.push_back(id);
        arrays.node_of.push_back(node);
      }
    }
    arrays.codes = Quantize(GetParam(), kDimensions, arrays.vectors);
    const HnswInput input{.vectors = arrays.vectors.data(),
                          .nodes = kNodes,
                          .dimensions = kDimensions,
                          .codes = arrays.codes.view(),
                          .metric = GetParam(),
                          .params = {.m = 16, .ef_construction = 100, .ef_search = 100},
                          .base = {},
                          .threads = 2};
    arrays.links = BuildHnsw(input, {}).value();
    segment_ = GraphSegment::Own(1, std::move(arrays));
    for (uint32_t slot = 0; slot < segment_->points(); slot += 13) segment_->RemoveSlot(slot);
  }

  std::vector<float> Normalised(std::vector<float> vector) const {
    if (GetParam() != Metric::cosine) return vector;
    float squares = 0;
    for (float x : vector) squares += x * x;
    for (float& x : vector) x /= std::sqrt(squares);
    return vector;
  }

  PointSet RandomFilter(uint64_t one_of) {
    std::vector<PointId> ids;
    for (PointId id = 0; id <= segment_->view().ids.back() + 10; ++id) {
      if (random_() % one_of == 0) ids.push_back(id);
    }
    return PointSet(ids);
  }

  // All points of one cluster: those closest to some vector.
  PointSet CorrelatedFilter(size_t points) {
    const std::vector<float> centre = Normalised(data_.Next());
    std::vector<PointId> ids;
    for (const Neighbor& neighbor : Truth(centre, nullptr, points)) ids.push_back(neighbor.id);
    return PointSet(ids);
  }

  std::vector<Neighbor> Truth(const std::vector<float>& query, const PointSet* filter, size_t k) const {
    TopK best(k, std::nullopt);
    for (uint32_t slot = 0; slot < segment_->points(); ++slot) {
      const PointId id = segment_->view().ids[slot];
      if (segment_->IsDead(slot) || (filter != nullptr && !filter->Contains(id))) continue;
      best.Offer({id, scorer_.Score(query.data(), segment_->vector(segment_->view().node_of[slot]))});
    }
    return best.Take();
  }

  std::vector<Neighbor> Narrow(const Query& query, uint32_t ef) const {
    const CodeQuery codes(GetParam(), segment_->view().codes, query.vector.data());
    TopK best(query.top_k, std::nullopt);
    const AllowedNodes allowed(*segment_, *query.filter);
    const WalkResult walk = NarrowWalk(*segment_, codes, ef, allowed);
    for (const ScoredNode& node : walk.nodes) EXPECT_TRUE(allowed.Contains(node.node));
    EXPECT_TRUE(Rerank(*segment_, scorer_, query, codes, walk.nodes, best).ok());
    return best.Take();
  }

  std::vector<Neighbor> Scanned(const Query& query) const {
    const CodeQuery codes(GetParam(), segment_->view().codes, query.vector.data());
    TopK best(query.top_k, query.min_score);
    EXPECT_TRUE(ScanSegment(*segment_, scorer_, query, codes, best).ok());
    return best.Take();
  }

  // Under dot the answers are the longest vectors, far from each other, to which few links of a narrowed graph lead.
  static double Floor() { return GetParam() == Metric::dot ? 0.9 : 0.98; }

  double NarrowRecall(const PointSet& filter) {
    double sum = 0;
    constexpr int kQueries = 60;
    for (int i = 0; i < kQueries; ++i) {
      const std::vector<float> vector = Normalised(data_.Next());
      const Query query{.vector = vector, .top_k = 10, .filter = &filter};
      sum += test::Recall(Narrow(query, 200), Truth(vector, &filter, 10));
    }
    return sum / kQueries;
  }

  std::mt19937_64 random_;
  test::ClusteredData data_;
  const Scorer scorer_;
  std::shared_ptr<GraphSegment> segment_;
};

TEST_P(FilteredTest, AScanIsExact) {
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(Seed()));
  for (uint64_t one_of : {1u, 2u, 10u, 300u, 100000u}) {
    const PointSet filter = RandomFilter(one_of);
    for (uint32_t top_k : {1u, 10u, 500u}) {
      const std::vector<float> vector = Normalised(data_.Next());
      EXPECT_EQ(Scanned({.vector = vector, .top_k = top_k, .filter = &filter}), Truth(vector, &filter, top_k))
          << "one of " << one_of;
      EXPECT_EQ(Scanned({.vector = vector, .top_k = top_k}), Truth(vector, nullptr, top_k));
    }
  }
}

TEST_P(FilteredTest, AScanKeepsTheLeastScore) {
  const PointSet filter = RandomFilter(3);
  const std::vector<float> vector = Normalised(data_.Next());
  const float floor = Truth(vector, &filter, 20).back().score;
  EXPECT_EQ(Scanned({.vector = vector, .top_k = 1000, .filter = &filter, .min_score = floor}),
            Truth(vector, &filter, 20));
}

TEST_P(FilteredTest, SlotsAndNodesAreThoseOfTheFilter) {
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(Seed()));
  for (uint64_t one_of : {1u, 2u, 7u, 100u, 5000u}) {
    const PointSet filter = RandomFilter(one_of);
    std::vector<uint32_t> slots;
    std::set<uint32_t> nodes;
    for (uint32_t slot = 0; slot < segment_->points(); ++slot) {
      if (segment_->IsDead(slot) || !filter.Contains(segment_->view().ids[slot])) continue;
      slots.push_back(slot);
      nodes.insert(segment_->view().node_of[slot]);
    }
    EXPECT_EQ(AllowedSlots(*segment_, filter), slots);
    const AllowedNodes allowed(*segment_, filter);
    EXPECT_EQ(allowed.size(), nodes.size());
    for (uint32_t node = 0; node < kNodes; ++node) ASSERT_EQ(allowed.Contains(node), nodes.contains(node));
    for (uint32_t count : {1u, 3u, 64u, 100000u}) {
      const std::vector<uint32_t> sample = allowed.Sample(count);
      EXPECT_LE(sample.size(), count);
      EXPECT_EQ(sample.empty(), nodes.empty());
      EXPECT_TRUE(std::ranges::all_of(sample, [&](uint32_t node) { return nodes.contains(node); }));
      EXPECT_EQ(std::ranges::adjacent_find(sample, std::greater_equal<>()), sample.end());
    }
  }
}

// The planner scans filters that let fewer points through than this.
TEST_P(FilteredTest, ANarrowWalkFindsWhatAScanFinds) {
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(Seed()));
  for (uint64_t one_of : {1u, 2u, 4u})
    EXPECT_GE(NarrowRecall(RandomFilter(one_of)), Floor()) << "one of " << one_of;
}

TEST_P(FilteredTest, ANarrowWalkFindsAnswersFarFromTheQuery) {
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(Seed()));
  for (size_t points : {3000u, 1500u}) EXPECT_GE(NarrowRecall(CorrelatedFilter(points)), Floor()) << points;
}

TEST_P(FilteredTest, AnEmptyFilterFindsNothing) {
  const PointSet filter;
  const std::vector<float> vector = Normalised(data_.Next());
  const Query query{.vector = vector, .top_k = 10, .filter = &filter};
  EXPECT_TRUE(Narrow(query, 50).empty());
  EXPECT_TRUE(Scanned(query).empty());
}

INSTANTIATE_TEST_SUITE_P(Metrics, FilteredTest, ::testing::Values(Metric::cosine, Metric::dot, Metric::l2));

}  // namespace
}  // namespace voisin::index
