#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "base/mutex.h"

namespace voisin {

// Something that is done again and again, on a thread of its own. Thread-safe.
class PeriodicTask {
 public:
  struct Options {
    std::chrono::nanoseconds period;  // from the end of one run, and from the start, to the next
    int nice = 0;                     // see LowerPriorityOfThisThread
  };

  PeriodicTask(Options options, std::function<void()> run);
  // Stops.
  ~PeriodicTask();
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  // Waits for a run that has begun, which may look at IsStopping. Idempotent; from one thread.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsStopping() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Loop();
  bool WaitForNext() ABSL_LOCKS_EXCLUDED(mutex_);  // false at the end

  const Options options_;
  const std::function<void()> run_;
  mutable Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: the first to go
};

}  // namespace voisin
