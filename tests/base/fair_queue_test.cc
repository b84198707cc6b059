#include "base/fair_queue.h"

#include <cstdlib>
#include <iostream>
#include <random>

#include "gtest/gtest.h"

namespace voisin {
namespace {

TEST(FairQueue, PastItsBoundOnlyTheFloodIsRefused) {
  FairQueue<int> queue(4);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(queue.Admits(1, 1));
    queue.Push(1, 1, i);
  }
  EXPECT_FALSE(queue.Admits(1, 1));
  EXPECT_TRUE(queue.Admits(2, 2));
  EXPECT_FALSE(queue.Admits(2, 3)) << "more than half, its share beside one other lane";
  EXPECT_FALSE(FairQueue<int>(4).Admits(1, 1, 4)) << "what is in work counts";
}

// Random lanes and weights: each lane's items come in order, none twice and none lost, and between two items of a lane
// that has more waiting, every other lane with a waiting item comes once.
TEST(FairQueue, RandomItemsTakeTurnsInOrder) {
  const char* given = std::getenv("VOISIN_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "replay with VOISIN_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  FairQueue<std::pair<uint64_t, int>> queue(1'000'000);
  std::map<uint64_t, std::deque<int>> expected;
  std::deque<uint64_t> turns;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0 || queue.empty()) {
      const uint64_t lane = random() % 5;
      if (expected[lane].empty()) turns.push_back(lane);
      expected[lane].push_back(step);
      queue.Push(lane, random() % 3, {lane, step});
      continue;
    }
    const auto [lane, item] = queue.Pop();
    ASSERT_EQ(lane, turns.front()) << "step " << step;
    ASSERT_EQ(item, expected[lane].front());
    turns.pop_front();
    expected[lane].pop_front();
    if (!expected[lane].empty()) turns.push_back(lane);
  }
  while (!queue.empty()) queue.Pop();
  EXPECT_EQ(queue.weight(), 0u);
}

}  // namespace
}  // namespace voisin
