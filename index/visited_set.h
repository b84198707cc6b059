#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace voisin::index {

// Which nodes a search has met: a mark is valid when it equals the search's epoch, so nothing is cleared between
// searches. One thread.
class VisitedSet {
 public:
  void Begin(uint32_t nodes) {
    if (marks_.size() < nodes) marks_.resize(nodes);
    if (++epoch_ != 0) return;
    std::ranges::fill(marks_, uint16_t{0});
    epoch_ = 1;
  }
  bool Contains(uint32_t node) const { return marks_[node] == epoch_; }
  // True the first time.
  bool Insert(uint32_t node) {
    if (Contains(node)) return false;
    marks_[node] = epoch_;
    return true;
  }
  void Prefetch(uint32_t node) const { __builtin_prefetch(&marks_[node], 1); }

 private:
  std::vector<uint16_t> marks_;
  uint16_t epoch_ = 0;
};

}  // namespace voisin::index
