#pragma once

#include <thread>

#include "base/mutex.h"
#include "service/collections.h"

namespace voisin::service {

// Measures the recall of every collection now and then, on a thread of low priority: Collection::WatchRecall.
class RecallWatch {
 public:
  // Both outlive it. Starts its thread.
  RecallWatch(const Runtime& runtime, Collections& collections, absl::Duration period);
  // Stops.
  ~RecallWatch();
  // Interrupts a measurement that runs. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Loop();
  void Watch(storage::CollectionNumber number);
  bool WaitForNext() ABSL_LOCKS_EXCLUDED(mutex_);  // false at the end
  bool IsStopping() const ABSL_LOCKS_EXCLUDED(mutex_);

  const Runtime& runtime_;
  Collections& collections_;
  const absl::Duration period_;
  mutable Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace voisin::service
