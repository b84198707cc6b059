#pragma once

#include <thread>

#include "base/mutex.h"
#include "service/collections.h"

namespace voisin::service {

// Deletes documents whose time has come, once a second, through the log: only the version that expired. Reads
// hide them already before.
class ExpirySweeper {
 public:
  // Both outlive the sweeper. Starts its thread.
  ExpirySweeper(const Runtime& runtime, Collections& collections);
  // Stops.
  ~ExpirySweeper();
  // Waits for a sweep that runs. Idempotent.
  void Stop();

 private:
  void Loop();
  bool WaitForNext();
  // True when there may be more.
  bool SweepSome();
  bool DeleteFrom(storage::CollectionNumber number, std::vector<storage::Deletion> deletions);

  const Runtime& runtime_;
  Collections& collections_;
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace voisin::service
