#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace voisin::index {

struct ScoredNode {
  float score = 0;
  uint32_t node = 0;
};

inline bool Farther(const ScoredNode& a, const ScoredNode& b) { return a.score < b.score; }
inline bool Closer(const ScoredNode& a, const ScoredNode& b) { return a.score > b.score; }

// The closest `ef` nodes that a walk has met, and which of them it has not yet expanded: one sorted array, because a
// walk has found its answers when it has expanded them all. For walks on which every node may be an answer.
class SortedBeam {
 public:
  void Begin(size_t ef) {
    ef_ = ef;
    next_ = 0;
    nodes_.clear();
  }

  // `node` was not admitted before and is below 2^31.
  void Admit(ScoredNode node) {
    if (nodes_.size() == ef_) {
      if (!(node.score > nodes_.back().score)) return;
      nodes_.pop_back();
    }
    const auto place = std::ranges::upper_bound(nodes_, node, Closer);
    next_ = std::min(next_, static_cast<size_t>(place - nodes_.begin()));
    nodes_.insert(place, node);
  }

  bool Done() const { return next_ == nodes_.size(); }
  // The closest node that is not expanded, while not Done.
  uint32_t Peek() const { return nodes_[next_].node; }
  uint32_t Expand() {
    const uint32_t node = nodes_[next_].node;
    nodes_[next_].node |= kExpanded;
    while (next_ < nodes_.size() && (nodes_[next_].node & kExpanded) != 0) ++next_;
    return node;
  }

  // The closest first. Ends the walk.
  std::span<const ScoredNode> Take() {
    for (ScoredNode& node : nodes_) node.node &= ~kExpanded;
    return nodes_;
  }

 private:
  static constexpr uint32_t kExpanded = uint32_t{1} << 31;

  size_t ef_ = 0;
  std::vector<ScoredNode> nodes_;  // the closest in front
  size_t next_ = 0;                // all before it are expanded
};

// The same for walks that step over nodes which may not be answers: those take no place among the `ef`.
class FilteredBeam {
 public:
  void Begin(size_t ef) {
    ef_ = ef;
    frontier_.clear();
    found_.clear();
  }

  void Admit(ScoredNode node, bool allowed) {
    if (found_.size() == ef_ && !(node.score > found_.front().score)) return;
    frontier_.push_back(node);
    std::push_heap(frontier_.begin(), frontier_.end(), Farther);
    if (!allowed) return;
    if (found_.size() == ef_) {
      std::pop_heap(found_.begin(), found_.end(), Closer);
      found_.pop_back();
    }
    found_.push_back(node);
    std::push_heap(found_.begin(), found_.end(), Closer);
  }

  bool Done() const {
    return frontier_.empty() || (found_.size() == ef_ && frontier_.front().score < found_.front().score);
  }
  uint32_t Peek() const { return frontier_.front().node; }
  uint32_t Expand() {
    const uint32_t node = frontier_.front().node;
    std::pop_heap(frontier_.begin(), frontier_.end(), Farther);
    frontier_.pop_back();
    return node;
  }

  std::span<const ScoredNode> Take() {
    std::sort_heap(found_.begin(), found_.end(), Closer);
    return found_;
  }

 private:
  size_t ef_ = 0;
  std::vector<ScoredNode> frontier_;  // heap, the closest in front
  std::vector<ScoredNode> found_;     // heap, the farthest in front
};

}  // namespace voisin::index
