#include "service/query_sample.h"

#include <algorithm>

namespace voisin::service {

bool QuerySample::Wants() {
  const uint64_t before = seen_.fetch_add(1, std::memory_order_relaxed);
  return before < kCapacity || before % kEvery == 0;
}

void QuerySample::Add(std::vector<float> vector) {
  MutexLock lock(mutex_);
  if (ring_.size() < kCapacity) return ring_.push_back(std::move(vector));
  ring_[next_] = std::move(vector);
  next_ = (next_ + 1) % kCapacity;
}

std::vector<std::vector<float>> QuerySample::Newest(size_t count) const {
  MutexLock lock(mutex_);
  const size_t size = ring_.size();
  std::vector<std::vector<float>> newest(std::min(count, size));
  for (size_t i = 0; i < newest.size(); ++i) newest[i] = ring_[(next_ + size - 1 - i) % size];
  return newest;
}

}  // namespace voisin::service
