#include "base/periodic_task.h"

#include <atomic>

#include "gtest/gtest.h"

namespace voisin {
namespace {

using namespace std::chrono_literals;

TEST(PeriodicTask, RunsAgainAndAgainUntilItIsStopped) {
  std::atomic<int> runs = 0;
  PeriodicTask task({.period = 1ms}, [&] {
    ++runs;
    runs.notify_all();
  });
  for (int seen = 0; seen < 5; seen = runs) runs.wait(seen);
  task.Stop();
  const int at_the_end = runs;
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(runs, at_the_end);
  task.Stop();
}

TEST(PeriodicTask, StopEndsTheWaitAndIsSeenByARunThatHasBegun) {
  std::atomic<bool> begun = false;
  {
    PeriodicTask task({.period = 1h}, [&] { ADD_FAILURE() << "before its time"; });
  }
  std::atomic<PeriodicTask*> self = nullptr;
  PeriodicTask task({.period = 1ms}, [&] {
    begun = true;
    begun.notify_all();
    while (self == nullptr || !self.load()->IsStopping()) std::this_thread::yield();
  });
  self = &task;
  begun.wait(false);
  task.Stop();
  EXPECT_TRUE(task.IsStopping());
}

}  // namespace
}  // namespace voisin
