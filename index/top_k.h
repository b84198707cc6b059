#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "index/types.h"

namespace voisin::index {

// The order of every answer: best score first, equal scores by ascending id.
inline bool Better(const Neighbor& a, const Neighbor& b) {
  return a.score > b.score || (a.score == b.score && a.id < b.id);
}

// Keeps the best `k` of what is offered, none below `min_score`.
class TopK {
 public:
  TopK(size_t k, std::optional<float> min_score)
      : k_(k), floor_(min_score.value_or(-std::numeric_limits<float>::infinity())) {}

  // No score below it is kept.
  float floor() const { return floor_; }

  // False: an Offer with this score, or a smaller one, would change nothing. (True promises nothing: an equal score may
  // lose by its id.) A bound whose sums overflowed, which is not a number, is wanted.
  bool Wants(float score) const { return !(score < floor_) && k_ > 0; }

  void Offer(const Neighbor& neighbor) {
    if (!(neighbor.score >= floor_) || k_ == 0) return;
    if (heap_.size() == k_) {
      if (!Better(neighbor, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), Better);
      heap_.back() = neighbor;
    } else {
      heap_.push_back(neighbor);
    }
    std::push_heap(heap_.begin(), heap_.end(), Better);
    if (heap_.size() == k_) floor_ = std::max(floor_, heap_.front().score);
  }

  // Best first. Leaves the collector empty.
  std::vector<Neighbor> Take() {
    std::sort_heap(heap_.begin(), heap_.end(), Better);
    return std::move(heap_);
  }

 private:
  const size_t k_;
  float floor_;
  std::vector<Neighbor> heap_;  // the worst kept one is in front
};

}  // namespace voisin::index
