#include "base/thread_pool.h"

#include <atomic>
#include <vector>

#include "gtest/gtest.h"

namespace voisin {
namespace {

TEST(ThreadPool, RunsEverythingBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool({.threads = 3});
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.TrySchedule([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 100);
}

TEST(ThreadPool, RefusesWhenTheQueueIsFull) {
  std::atomic<bool> release = false;
  std::atomic<bool> started = false;
  ThreadPool pool({.threads = 1, .max_queued = 1});
  ASSERT_TRUE(pool.TrySchedule([&] {
    started = true;
    started.notify_all();
    release.wait(false);
  }));
  started.wait(false);
  EXPECT_TRUE(pool.TrySchedule([] {}));
  EXPECT_FALSE(pool.TrySchedule([] {}));
  release = true;
  release.notify_all();
}

// One lane floods the pool; what another brings then begins next, and is let in though the queue is full.
TEST(ThreadPool, LanesTakeTurns) {
  std::atomic<bool> release = false;
  std::atomic<bool> started = false;
  std::vector<int> order;  // of the one thread
  {
    ThreadPool pool({.threads = 1, .max_queued = 8});
    const auto block = [&] {
      started = true;
      started.notify_all();
      release.wait(false);
    };
    ASSERT_TRUE(pool.TrySchedule(block, 7));
    started.wait(false);
    int flood = 0;
    while (pool.TrySchedule([&order, flood] { order.push_back(100 + flood); }, 1)) ++flood;
    EXPECT_EQ(flood, 8);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.TrySchedule([&order, i] { order.push_back(200 + i); }, 2));
    EXPECT_FALSE(pool.TrySchedule([] {}, 1));
    release = true;
    release.notify_all();
  }
  ASSERT_GE(order.size(), 10u);
  EXPECT_EQ((std::vector<int>(order.begin(), order.begin() + 7)),
            (std::vector<int>{100, 200, 101, 201, 102, 202, 103}));
}

TEST(ThreadPool, LowPriorityPoolRunsToo) {
  std::atomic<bool> ran = false;
  {
    ASSERT_TRUE(ThreadPool({.threads = 1, .nice = kBackgroundNice}).TrySchedule([&] { ran = true; }));
  }
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace voisin
