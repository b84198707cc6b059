#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::cli {

struct LoadOptions {
  uint32_t clients = 1;   // threads, each with one call at a time
  double seconds = 10;    // no call starts later
  uint64_t requests = 0;  // at most so many calls; 0: as many as the time allows
};

struct LoadResult {
  uint64_t calls = 0;
  double seconds = 0;
  std::vector<double> milliseconds;  // of each call, ascending
  double PerSecond() const { return static_cast<double>(calls) / seconds; }
  double Percentile(double share) const;  // share in 0..1
};

// Makes calls until time or count is up; `call` gets the number of the call, from 0. The first error ends the run.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options,
                                   const std::function<absl::Status(uint64_t)>& call);

}  // namespace voisin::cli
