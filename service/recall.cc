#include "service/recall.h"

#include <algorithm>

#include "base/status_macros.h"

namespace voisin::service {

absl::StatusOr<RecallMeter> RecallMeter::Make(const index::VectorIndex& index,
                                              std::vector<std::vector<float>> queries, Stop stop) {
  RecallMeter meter(index, std::move(queries), std::move(stop));
  RETURN_IF_ERROR(meter.FindTruth());
  return meter;
}

absl::StatusOr<std::vector<index::Neighbor>> RecallMeter::Search(size_t query, uint32_t ef,
                                                                 bool exact) const {
  if (stop_()) return absl::CancelledError("the measurement of recall was stopped");
  ASSIGN_OR_RETURN(index::SearchResult found,
                   index_.Search({.vector = queries_[query], .top_k = kTopK, .ef = ef, .exact = exact}));
  return std::move(found.neighbors);
}

absl::Status RecallMeter::FindTruth() {
  for (size_t i = 0; i < queries_.size(); ++i) {
    ASSIGN_OR_RETURN(const std::vector<index::Neighbor> nearest, Search(i, 0, true));
    truth_.push_back({nearest.size(), nearest.empty() ? 0 : nearest.back().score});
  }
  return absl::OkStatus();
}

absl::StatusOr<double> RecallMeter::RecallAt(uint32_t ef) const {
  size_t wanted = 0, found = 0;
  for (size_t i = 0; i < queries_.size(); ++i) {
    ASSIGN_OR_RETURN(const std::vector<index::Neighbor> neighbors, Search(i, ef, false));
    const auto is_near = [&](const index::Neighbor& neighbor) {
      return neighbor.score >= truth_[i].farthest;
    };
    wanted += truth_[i].neighbors;
    found += std::min(truth_[i].neighbors, static_cast<size_t>(std::ranges::count_if(neighbors, is_near)));
  }
  return wanted == 0 ? 1 : static_cast<double>(found) / static_cast<double>(wanted);
}

// Doubles ef until it holds, then halves the gap to the last one that did not.
absl::StatusOr<uint32_t> RecallMeter::SmallestEf(double target) const {
  uint32_t missed = kTopK - 1, holds = kTopK;
  while (true) {
    ASSIGN_OR_RETURN(const double recall, RecallAt(holds));
    if (recall >= target) break;
    if (holds == kMaxEf) return kMaxEf;
    missed = holds;
    holds = std::min(kMaxEf, 2 * holds);
  }
  while (holds - missed > 1) {
    const uint32_t middle = missed + (holds - missed) / 2;
    ASSIGN_OR_RETURN(const double recall, RecallAt(middle));
    (recall >= target ? holds : missed) = middle;
  }
  return holds;
}

}  // namespace voisin::service
