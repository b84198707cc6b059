#pragma once

#include <atomic>
#include <vector>

#include "base/mutex.h"

namespace voisin::service {

// Vectors of a collection's newest queries, to measure by them how well its searches find: each of the first kCapacity,
// then one in kEvery. Thread-safe.
class QuerySample {
 public:
  static constexpr size_t kCapacity = 100;
  static constexpr uint64_t kEvery = 16;

  // Counts a query; true when Add is to be called with it.
  bool Wants();
  void Add(std::vector<float> vector) ABSL_LOCKS_EXCLUDED(mutex_);
  // At most `count`, the newest first.
  std::vector<std::vector<float>> Newest(size_t count) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Queries so far, wanted or not.
  uint64_t seen() const { return seen_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> seen_{0};
  mutable Mutex mutex_;
  std::vector<std::vector<float>> ring_ ABSL_GUARDED_BY(mutex_);
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;  // where the oldest lies once the ring is full
};

}  // namespace voisin::service
