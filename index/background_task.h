#pragma once

#include <functional>
#include <memory>

#include "base/mutex.h"

namespace voisin {
class ThreadPool;
}

namespace voisin::index {

// Work that runs on a pool whenever somebody asks for it, one run at a time; asking again during a run brings another
// one after it. Thread-safe.
class BackgroundTask {
 public:
  // `pool` outlives it. `run` returns false when the work failed: nothing more is run until somebody asks again.
  BackgroundTask(ThreadPool* pool, std::function<bool()> run);
  // Waits for a running run; one that is queued will do nothing.
  ~BackgroundTask();

  // A pool that refuses loses the request: it is kept for the next one.
  void Request();
  // Requests, and returns when no run is wanted. Runs on this thread where the pool refuses.
  void RequestAndWait();

 private:
  // Outlives the task inside the pool's queue.
  struct Ticket {
    Mutex mutex;  // held by a run
    BackgroundTask* task ABSL_GUARDED_BY(mutex) = nullptr;
  };

  bool Schedule() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();
  bool TakeRequest();

  ThreadPool* const pool_;
  const std::function<bool()> run_;
  const std::shared_ptr<Ticket> ticket_;
  Mutex mutex_;
  CondVar idle_;
  bool wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool scheduled_ ABSL_GUARDED_BY(mutex_) = false;  // queued or running
};

}  // namespace voisin::index
