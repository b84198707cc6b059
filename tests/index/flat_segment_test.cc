#include "index/flat_segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <utility>

#include "tests/index/index_test_data.h"

namespace voisin::index {
namespace {

constexpr uint32_t kDimensions = 70, kCapacity = 1000;

// A segment beside a plain list of what lives in it.
struct Twin {
  Twin(Metric which, uint64_t seed)
      : metric(which), segment(metric, kDimensions, kCapacity), data(seed, kDimensions) {}

  void Append(PointId id, float length) {
    std::vector<float> vector = data.Next();
    for (float& x : vector) x *= length;
    segment.Append(id, vector.data());
    ids.push_back(id);
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  void Remove(PointId id) {
    ASSERT_TRUE(segment.Remove(id));
    const auto place = std::ranges::find(ids, id) - ids.begin();
    ids.erase(ids.begin() + place);
    vectors.erase(vectors.begin() + place * kDimensions, vectors.begin() + (place + 1) * kDimensions);
  }
  std::vector<Neighbor> Scan(const std::vector<float>& query, size_t k, const PointSet* filter = nullptr) {
    TopK best(k, std::nullopt);
    compared = segment.Scan(scorer, query.data(), filter, best);
    return best.Take();
  }
  std::vector<Neighbor> Truth(const std::vector<float>& query, size_t k) {
    return BruteForce(scorer, query, ids, vectors, k);
  }

  const Metric metric;
  FlatSegment segment;
  test::ClusteredData data;
  const Scorer scorer{metric, kDimensions};
  std::vector<PointId> ids;
  std::vector<float> vectors;
  uint64_t compared = 0;
};

class FlatSegmentTest : public ::testing::TestWithParam<Metric> {};

TEST_P(FlatSegmentTest, AScanByCodesAnswersAsAScanByFloats) {
  Twin twin(GetParam(), 5);
  for (PointId id = 1; id <= 700; ++id) {
    twin.Append(id, static_cast<float>(id % 7 + 1) * (id == 650 ? 30.0f : 1.0f));
    if (id % 5 == 0) twin.Remove(id - 3);
    if (id % 50 != 0) continue;
    for (const size_t k : {1u, 10u, 100u}) {
      const std::vector<float> query = twin.data.Next();
      EXPECT_EQ(twin.Scan(query, k), twin.Truth(query, k)) << id << " " << k;
    }
    EXPECT_EQ(twin.compared, twin.ids.size());
  }
}

TEST_P(FlatSegmentTest, AFilterLetsItsPointsThroughAlone) {
  Twin all(GetParam(), 6), even(GetParam(), 6);
  std::vector<PointId> wanted;
  for (PointId id = 1; id <= 600; ++id) {
    all.Append(id, 1);
    if (id % 2 == 0) wanted.push_back(id);
    even.Append(id, 1);
  }
  for (PointId id = 1; id <= 600; id += 2) even.Remove(id);
  const PointSet filter(std::move(wanted));
  const std::vector<float> query = all.data.Next();
  EXPECT_EQ(all.Scan(query, 20, &filter), even.Truth(query, 20));
  EXPECT_EQ(all.compared, 300u);
}

TEST_P(FlatSegmentTest, TheSmallestAndTheGreatestNumbers) {
  for (const float length : {0.0f, 1e-42f, 1e-30f, 1e15f}) {
    Twin twin(GetParam(), 7);
    for (PointId id = 1; id <= 300; ++id) twin.Append(id, id % 3 == 0 ? 1.0f : length);
    const std::vector<float> query = twin.data.Next();
    EXPECT_EQ(twin.Scan(query, 10), twin.Truth(query, 10)) << length;
  }
}

// 4 MB of vectors: past the first rows they come in huge pages.
TEST(FlatSegmentMemoryTest, RowsStayWhereTheyAreAndCountAsTheyCome) {
  constexpr uint32_t kLong = 512, kRows = 2000;
  FlatSegment segment(Metric::dot, kLong, kRows);
  const uint64_t empty = segment.memory_bytes();
  test::ClusteredData data(8, kLong);
  std::vector<std::vector<float>> rows;
  for (PointId id = 1; id <= kRows; ++id) {
    segment.Append(id, rows.emplace_back(data.Next()).data());
  }
  const float* const first = segment.vector(0);
  for (uint32_t row = 0; row < kRows; ++row) {
    ASSERT_EQ(segment.id(row), row + 1);
    ASSERT_TRUE(std::ranges::equal(std::span(first + size_t{row} * kLong, kLong), rows[row])) << row;
  }
  EXPECT_TRUE(segment.full());
  EXPECT_LT(empty, 1000u);
  EXPECT_GT(segment.memory_bytes(), uint64_t{kRows} * kLong * (sizeof(float) + 1));
}

INSTANTIATE_TEST_SUITE_P(Metrics, FlatSegmentTest,
                         ::testing::Values(Metric::cosine, Metric::dot, Metric::l2));

}  // namespace
}  // namespace voisin::index
