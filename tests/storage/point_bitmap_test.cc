#include "storage/point_bitmap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/storage/seed.h"

namespace voisin::storage {
namespace {

using Reference = std::set<PointId>;

class PointBitmapTest : public testing::Test {
 protected:
  // Near each other, in a few places far apart.
  std::pair<PointBitmap, Reference> RandomSet() {
    std::vector<PointId> points(random_() % 3'000);
    for (PointId& point : points) point = (random_() % 3 << 33) + random_() % 150'000;
    PointBitmap bitmap;
    bitmap.Add(points);
    return {std::move(bitmap), Reference(points.begin(), points.end())};
  }

  static void ExpectEqual(const PointBitmap& bitmap, const Reference& reference) {
    EXPECT_EQ(bitmap.ascending(), std::vector<PointId>(reference.begin(), reference.end()));
    EXPECT_EQ(bitmap.size(), reference.size());
    EXPECT_EQ(bitmap.empty(), reference.empty());
  }

  std::mt19937_64 random_{TestSeed()};
};

TEST_F(PointBitmapTest, AlgebraAgreesWithSets) {
  for (int round = 0; round < 50; ++round) {
    const auto [a, in_a] = RandomSet();
    const auto [b, in_b] = RandomSet();
    PointBitmap either = a, both = a, only = a;
    either |= b;
    both &= b;
    only -= b;
    Reference expected;
    std::ranges::set_union(in_a, in_b, std::inserter(expected, expected.end()));
    ExpectEqual(either, expected);
    expected.clear();
    std::ranges::set_intersection(in_a, in_b, std::inserter(expected, expected.end()));
    ExpectEqual(both, expected);
    expected.clear();
    std::ranges::set_difference(in_a, in_b, std::inserter(expected, expected.end()));
    ExpectEqual(only, expected);
    ExpectEqual(a, in_a);
  }
}

TEST_F(PointBitmapTest, ASetLessItselfIsEmpty) {
  auto [a, in_a] = RandomSet();
  const PointBitmap copy = a;
  EXPECT_EQ(copy, a);
  a -= copy;
  ExpectEqual(a, {});
  EXPECT_FALSE(a.Contains(*in_a.begin()));
}

TEST_F(PointBitmapTest, ChunksLieWhereTheirPointsAre) {
  PointBitmap bitmap;
  const std::vector<uint16_t> low = {0, 7, 65'535};
  bitmap.AddChunk(0x1'0000'0002, low);
  EXPECT_EQ(bitmap.ascending(),
            (std::vector<PointId>{0x1'0000'0002'0000, 0x1'0000'0002'0007, 0x1'0000'0002'ffff}));
  EXPECT_TRUE(bitmap.Contains(0x1'0000'0002'0007));
  EXPECT_FALSE(bitmap.Contains(0x2'0007));
}

}  // namespace
}  // namespace voisin::storage
