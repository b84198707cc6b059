#pragma once

#include "base/periodic_task.h"
#include "service/collections.h"

namespace voisin::service {

// Deletes documents whose time has come, once a second, through the log: only the version that expired. Reads
// hide them already before.
class ExpirySweeper {
 public:
  // Both outlive the sweeper. Starts its thread.
  ExpirySweeper(const Runtime& runtime, Collections& collections);
  // Waits for a sweep that runs. Idempotent.
  void Stop() { task_.Stop(); }

 private:
  void Sweep();
  // True when there may be more.
  bool SweepSome();
  bool DeleteFrom(storage::CollectionNumber number, std::vector<storage::Deletion> deletions);

  const Runtime& runtime_;
  Collections& collections_;
  PeriodicTask task_;
};

}  // namespace voisin::service
