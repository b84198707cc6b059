#include "clients/cli/load.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

namespace voisin::cli {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What one client did.
struct Part {
  std::vector<double> milliseconds;
  absl::Status status;
};

}  // namespace

double LoadResult::Percentile(double share) const {
  if (milliseconds.empty()) return 0;
  const auto rank = static_cast<size_t>(share * static_cast<double>(milliseconds.size()));
  return milliseconds[std::min(rank, milliseconds.size() - 1)];
}

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options,
                                   const std::function<absl::Status(uint64_t)>& call) {
  const uint64_t most = options.requests == 0 ? std::numeric_limits<uint64_t>::max() : options.requests;
  std::atomic<uint64_t> next = 0;
  std::atomic<bool> failed = false;
  std::vector<Part> parts(options.clients);
  const Clock::time_point start = Clock::now();
  auto run = [&](Part& part) {
    while (!failed && SecondsSince(start) < options.seconds) {
      const uint64_t number = next++;
      if (number >= most) return;
      const Clock::time_point begin = Clock::now();
      part.status = call(number);
      part.milliseconds.push_back(SecondsSince(begin) * 1000);
      if (!part.status.ok()) failed = true;
    }
  };
  {
    std::vector<std::jthread> clients;
    clients.reserve(parts.size());
    for (Part& part : parts) clients.emplace_back(run, std::ref(part));
  }
  LoadResult result{.calls = 0, .seconds = SecondsSince(start), .milliseconds = {}};
  for (const Part& part : parts) {
    if (!part.status.ok()) return part.status;
    result.milliseconds.insert(result.milliseconds.end(), part.milliseconds.begin(), part.milliseconds.end());
  }
  result.calls = result.milliseconds.size();
  std::ranges::sort(result.milliseconds);
  return result;
}

}  // namespace voisin::cli
