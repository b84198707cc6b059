#include "base/thread_pool.h"

#include <atomic>

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

TEST(ThreadPool, LowPriorityPoolRunsToo) {
  std::atomic<bool> ran = false;
  {
    ASSERT_TRUE(ThreadPool({.threads = 1, .low_priority = true}).TrySchedule([&] { ran = true; }));
  }
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace voisin
