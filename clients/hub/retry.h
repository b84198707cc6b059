#pragma once

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace voisin::hub {

struct RetryOptions {
  int attempts = 6;                                  // in a row without success
  absl::Duration first_pause = absl::Seconds(1);     // doubled each time
  absl::Duration longest_pause = absl::Seconds(60);  // a server that asks for more is left alone
  std::function<void(absl::Duration)> sleep = absl::SleepFor;
  // Told of each attempt that failed and is tried again; may be empty.
  std::function<void(std::string_view)> note;
};

// `status` with the pause that the server asked for.
absl::Status WithPause(absl::Status status, absl::Duration pause);

// Decides whether what failed is tried again: Unavailable and ResourceExhausted are, a bounded number of times.
class Retry {
 public:
  explicit Retry(const RetryOptions& options) : options_(options) {}

  // Sleeps and answers OK when it is time to try again; else `failure`.
  absl::Status After(const absl::Status& failure);
  // Something was achieved: the count begins anew.
  void Progressed() { failures_ = 0; }

 private:
  const RetryOptions& options_;
  int failures_ = 0;
};

}  // namespace voisin::hub
