#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

namespace voisin {

// A queue of several lanes that take turns (round robin): one item of each lane that has any, each lane's own in order.
// What waits is bounded by the sum of weights; past the bound a lane that has less than its equal share is still let in,
// so one that floods the queue shuts nobody out. Not thread-safe.
template <typename T>
class FairQueue {
 public:
  explicit FairQueue(size_t max_weight) : max_weight_(max_weight) {}

  bool empty() const { return turns_.empty(); }
  size_t weight() const { return weight_; }  // of all that waits

  // `busy`: what else counts against the bound.
  bool Admits(uint64_t lane, size_t weight, size_t busy = 0) const {
    if (weight_ + busy + weight <= max_weight_) return true;
    const auto found = lanes_.find(lane);
    const size_t own = found == lanes_.end() ? 0 : found->second.weight;
    const size_t lanes = lanes_.size() + (found == lanes_.end() ? 1 : 0);
    return lanes > 1 && own + weight <= max_weight_ / lanes;
  }

  void Push(uint64_t lane, size_t weight, T item) {
    Lane& into = lanes_[lane];
    if (into.items.empty()) turns_.push_back(lane);
    into.items.push_back({weight, std::move(item)});
    into.weight += weight;
    weight_ += weight;
  }

  // Of the lane whose turn it is. Not empty.
  T Pop() {
    const auto found = lanes_.find(turns_.front());
    turns_.pop_front();
    Lane& from = found->second;
    auto [weight, item] = std::move(from.items.front());
    from.items.pop_front();
    from.weight -= weight;
    weight_ -= weight;
    if (from.items.empty()) {
      lanes_.erase(found);
    } else {
      turns_.push_back(found->first);
    }
    return std::move(item);
  }

 private:
  struct Lane {
    std::deque<std::pair<size_t, T>> items;
    size_t weight = 0;
  };

  const size_t max_weight_;
  size_t weight_ = 0;
  std::map<uint64_t, Lane> lanes_;  // those with items
  std::deque<uint64_t> turns_;      // the same, next first
};

}  // namespace voisin
