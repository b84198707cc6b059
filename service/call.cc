#include "service/call.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace voisin::service {

absl::Status CheckWanted(const CallContext& context) {
  if (context.cancelled && context.cancelled()) return absl::CancelledError("the caller left");
  if (context.deadline <= absl::Now()) {
    return absl::DeadlineExceededError("the deadline passed before the work was done");
  }
  return absl::OkStatus();
}

uint64_t Micros(absl::Duration duration) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Microseconds(duration)));
}

uint64_t MicrosSince(absl::Time start) { return Micros(absl::Now() - start); }

absl::Status QueueFull(std::string_view queue) {
  return RetryAfter(
      absl::ResourceExhaustedError("the queue of " + std::string(queue) + " is full; try again later"),
      absl::Milliseconds(100));
}

absl::Status WithRetryIfFull(absl::Status status) {
  if (!absl::IsResourceExhausted(status)) return status;
  return RetryAfter(std::move(status), absl::Milliseconds(100));
}

}  // namespace voisin::service
