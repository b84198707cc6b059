#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "base/fair_queue.h"
#include "base/mutex.h"

namespace voisin {

// As of setpriority(2), 0 (as usual) to 19 (last). The thread of a query wakes and takes the CPU of one that serves ingest at
// once; where queries want all of it, ingest keeps about a tenth (the kernel's weights: 110 to 1024).
inline constexpr int kIngestNice = 10;
inline constexpr int kWriteNice = 5;        // short work that writes wait for: before ingest, after queries
inline constexpr int kBackgroundNice = 19;  // what nobody waits for

// It cannot be taken back.
void LowerPriorityOfThisThread(int nice);

// A fixed number of threads and a bounded queue of tasks. Thread-safe.
class ThreadPool {
 public:
  struct Options {
    int threads = 1;           // >= 1
    size_t max_queued = 4096;  // tasks that wait; more are refused, see FairQueue
    int nice = 0;              // of every thread
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
