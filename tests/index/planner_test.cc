#include "index/planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace voisin::index {
namespace {

PlanInput Input(double nodes, double selectivity, uint32_t ef = 256) {
  return {.nodes = nodes, .allowed = nodes * selectivity, .links = 64, .ef = ef};
}

TEST(PlannerTest, WithoutAFilterOnlySmallGraphsAreScanned) {
  EXPECT_EQ(ChooseMethod(Input(1000, 1)), Method::scan);
  EXPECT_EQ(ChooseMethod(Input(100'000, 1)), Method::walk);
  EXPECT_EQ(ChooseMethod(Input(10'000'000, 1)), Method::walk);
}

TEST(PlannerTest, TheFewerPassTheNarrowerTheSearch) {
  for (double nodes : {6e4, 1e6, 1e7}) {
    EXPECT_EQ(ChooseMethod(Input(nodes, 0.97)), Method::walk) << nodes;
    EXPECT_EQ(ChooseMethod(Input(nodes, 100 / nodes)), Method::scan) << nodes;
  }
  EXPECT_EQ(ChooseMethod(Input(6e4, 0.4)), Method::narrow_walk);
  EXPECT_EQ(ChooseMethod(Input(1e6, 0.1)), Method::narrow_walk);
  EXPECT_EQ(ChooseMethod(Input(6e4, 0.1)), Method::scan);
}

TEST(PlannerTest, TheCheapestIsChosenAndOfEqualsTheScan) {
  for (double nodes = 1; nodes < 1e7; nodes *= 3) {
    for (double selectivity = 1; selectivity > 1e-6; selectivity /= 2) {
      for (uint32_t ef : {1u, 10u, 256u, 10'000u}) {
        const PlanInput input = Input(nodes, selectivity, ef);
        const double scan = ScanCost(input), walk = WalkCost(input), narrow = NarrowWalkCost(input);
        ASSERT_TRUE(std::isfinite(scan) && std::isfinite(walk) && std::isfinite(narrow));
        const double least = std::min({scan, walk, narrow});
        const Method chosen = ChooseMethod(input);
        EXPECT_EQ(chosen == Method::scan ? scan : chosen == Method::walk ? walk : narrow, least);
        EXPECT_TRUE(scan > least || chosen == Method::scan);
      }
    }
  }
}

TEST(PlannerTest, NothingAllowedIsScanned) { EXPECT_EQ(ChooseMethod(Input(1e6, 0)), Method::scan); }

}  // namespace
}  // namespace voisin::index
