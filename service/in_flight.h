#pragma once

#include <cstddef>
#include <memory>

#include "base/mutex.h"

namespace voisin::service {

// Counts what runs, so that a stop can wait for it. Thread-safe.
class InFlight {
 public:
  // Kept by whoever runs; the last copy to go counts it out. Outlives no InFlight.
  using Ticket = std::shared_ptr<const void>;

  // Null after Close.
  [[nodiscard]] Ticket Enter();
  // No ticket is given from now on.
  void Close();
  // Returns when no ticket is left; call after Close.
  void WaitUntilIdle();

 private:
  void Leave();

  Mutex mutex_;
  CondVar idle_;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace voisin::service
