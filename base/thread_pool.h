#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "base/fair_queue.h"
#include "base/mutex.h"

namespace voisin {

// `nice` as of setpriority(2), 0 (as usual) to 19 (last); it cannot be taken back.
void LowerPriorityOfThisThread(int nice);

// A fixed number of threads and a bounded queue of tasks. Thread-safe.
class ThreadPool {
 public:
  struct Options {
    int threads = 1;            // >= 1
    size_t max_queued = 4096;   // tasks that wait; more are refused, see FairQueue
    bool low_priority = false;  // nice 19 for every thread (Linux: per thread)
  };

  explicit ThreadPool(Options options);
  // Runs what is queued, then joins.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // False when the queue is full or the pool is shutting down; the task is then not kept.
  // Tasks of one lane begin in order; lanes take turns.
  [[nodiscard]] bool TrySchedule(std::function<void()> task, uint64_t lane = 0);

 private:
  void Run();

  const Options options_;
  Mutex mutex_;
  CondVar wake_;
  FairQueue<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // fixed after construction
};

}  // namespace voisin
