#pragma once

#include "base/periodic_task.h"
#include "service/collections.h"

namespace voisin::service {

// Measures the recall of every collection now and then, on a thread of low priority: Collection::WatchRecall.
class RecallWatch {
 public:
  // Both outlive it. Starts its thread.
  RecallWatch(const Runtime& runtime, Collections& collections, absl::Duration period);
  // Interrupts a measurement that runs. Idempotent.
  void Stop() { task_.Stop(); }

 private:
  void WatchAll();
  void Watch(storage::CollectionNumber number);

  const Runtime& runtime_;
  Collections& collections_;
  PeriodicTask task_;
};

}  // namespace voisin::service
