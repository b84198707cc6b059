#pragma once

#include <string_view>
#include <utility>

#include "base/thread_pool.h"
#include "service/engine.h"
#include "service/errors.h"

namespace voisin::service {

// OK, DeadlineExceeded or Cancelled: asked before every stage of a call.
absl::Status CheckWanted(const CallContext& context);

// Whole microseconds, for Stages; 0 where a clock went backwards.
uint64_t Micros(absl::Duration duration);
uint64_t MicrosSince(absl::Time start);

// ResourceExhausted with RetryInfo: what a full queue answers before any work.
absl::Status QueueFull(std::string_view queue);
// Adds RetryInfo to a ResourceExhausted of a layer below; leaves other statuses alone.
absl::Status WithRetryIfFull(absl::Status status);

// Calls `done` with what `work` returns, on a thread of `pool`, or with QueueFull here and now. `lane`: a
// collection's number, so that one that is asked much does not hold up the others.
template <typename T, typename Work>
void Run(ThreadPool& pool, Callback<T> done, Work work, uint64_t lane = 0) {
  if (!pool.TrySchedule([done, work = std::move(work)]() mutable { done(work()); }, lane)) {
    done(QueueFull("requests"));
  }
}

}  // namespace voisin::service
