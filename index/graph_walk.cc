#include "index/graph_walk.h"

#include <algorithm>

namespace voisin::index {
namespace {

// Which nodes this walk has met: a mark is valid when it equals the walk's epoch, so nothing is cleared
// between walks.
class VisitedSet {
 public:
  void Begin(uint32_t nodes) {
    if (marks_.size() < nodes) marks_.resize(nodes);
    if (++epoch_ != 0) return;
    std::ranges::fill(marks_, uint16_t{0});
    epoch_ = 1;
  }
  // True the first time.
  bool Insert(uint32_t node) {
    if (marks_[node] == epoch_) return false;
    marks_[node] = epoch_;
    return true;
  }
  void Prefetch(uint32_t node) const { __builtin_prefetch(&marks_[node], 1); }

 private:
  std::vector<uint16_t> marks_;
  uint16_t epoch_ = 0;
};

bool Closer(const ScoredNode& a, const ScoredNode& b) { return a.score > b.score; }
bool Farther(const ScoredNode& a, const ScoredNode& b) { return a.score < b.score; }

// What a walk needs and the next one reuses.
struct Scratch {
  VisitedSet visited;
  std::vector<ScoredNode> frontier;  // heap, the closest in front
  std::vector<ScoredNode> found;     // heap, the farthest in front
  std::vector<uint32_t> batch;
  std::vector<float> scores;
};

class Walker {
 public:
  Walker(const GraphSegment& segment, const Scorer& scorer, const float* query, Scratch& scratch)
      : segment_(segment), scorer_(scorer), query_(query), scratch_(scratch) {
    const size_t widest = size_t{2} * segment.view().graph.m;
    scratch_.batch.resize(widest);
    scratch_.scores.resize(widest);
  }

  uint64_t scored() const { return scored_; }

  // The closest node that greedy steps find from the top down to level 1.
  ScoredNode Descend() {
    const GraphView& graph = segment_.view().graph;
    scratch_.batch[0] = graph.entry;
    Score(1);
    ScoredNode best{scratch_.scores[0], graph.entry};
    for (uint32_t level = graph.max_level; level > 0; --level) {
      while (Improve(segment_.upper_links(best.node, level), best)) {
      }
    }
    return best;
  }

  // Fills scratch.found. Allowed(node): may it be among the answers?
  template <typename Allowed>
  void Explore(ScoredNode start, size_t ef, Allowed allowed) {
    scratch_.visited.Begin(segment_.nodes());
    scratch_.frontier.clear();
    scratch_.found.clear();
    scratch_.visited.Insert(start.node);
    Admit(start, ef, allowed);
    while (!scratch_.frontier.empty()) {
      const ScoredNode next = scratch_.frontier.front();
      if (scratch_.found.size() == ef && next.score < scratch_.found.front().score) break;
      std::pop_heap(scratch_.frontier.begin(), scratch_.frontier.end(), Farther);
      scratch_.frontier.pop_back();
      PrefetchLinksOfNext();
      Expand(next.node, ef, allowed);
    }
  }

 private:
  void Score(size_t count) {
    scorer_.ScoreRows(query_, segment_.view().vectors.data(), scratch_.batch.data(), count,
                      scratch_.scores.data());
    scored_ += count;
  }

  bool Improve(std::span<const uint32_t> links, ScoredNode& best) {
    const size_t count = static_cast<size_t>(std::ranges::find(links, kNoNode) - links.begin());
    std::copy_n(links.begin(), count, scratch_.batch.begin());
    Score(count);
    const auto end = scratch_.scores.begin() + static_cast<std::ptrdiff_t>(count);
    const auto top = std::max_element(scratch_.scores.begin(), end);
    if (top == end || !(*top > best.score)) return false;
    best = {*top, links[static_cast<size_t>(top - scratch_.scores.begin())]};
    return true;
  }

  template <typename Allowed>
  void Expand(uint32_t node, size_t ef, Allowed allowed) {
    const size_t count = CollectUnvisited(segment_.base_links(node));
    Score(count);
    for (size_t i = 0; i < count; ++i) Admit({scratch_.scores[i], scratch_.batch[i]}, ef, allowed);
  }

  size_t CollectUnvisited(std::span<const uint32_t> links) {
    for (uint32_t target : links) {
      if (target == kNoNode) break;
      scratch_.visited.Prefetch(target);
    }
    size_t count = 0;
    for (uint32_t target : links) {
      if (target == kNoNode) break;
      if (scratch_.visited.Insert(target)) scratch_.batch[count++] = target;
    }
    return count;
  }

  template <typename Allowed>
  void Admit(ScoredNode node, size_t ef, Allowed allowed) {
    std::vector<ScoredNode>& found = scratch_.found;
    if (found.size() == ef && node.score <= found.front().score) return;
    scratch_.frontier.push_back(node);
    std::push_heap(scratch_.frontier.begin(), scratch_.frontier.end(), Farther);
    if (!allowed(node.node)) return;
    if (found.size() == ef) {
      std::pop_heap(found.begin(), found.end(), Closer);
      found.pop_back();
    }
    found.push_back(node);
    std::push_heap(found.begin(), found.end(), Closer);
  }

  void PrefetchLinksOfNext() const {
    if (scratch_.frontier.empty()) return;
    const std::span<const uint32_t> links = segment_.base_links(scratch_.frontier.front().node);
    for (size_t i = 0; i < links.size(); i += 16) __builtin_prefetch(links.data() + i);
  }

  const GraphSegment& segment_;
  const Scorer& scorer_;
  const float* query_;
  Scratch& scratch_;
  uint64_t scored_ = 0;
};

}  // namespace

WalkResult Walk(const GraphSegment& segment, const Scorer& scorer, const float* query, uint32_t ef,
                const PointSet* filter) {
  thread_local Scratch scratch;
  Walker walker(segment, scorer, query, scratch);
  const ScoredNode start = walker.Descend();
  if (filter == nullptr && segment.AllNodesLive()) {
    walker.Explore(start, ef, [](uint32_t) { return true; });
  } else {
    walker.Explore(start, ef, [&](uint32_t node) { return segment.Allows(node, filter); });
  }
  return {scratch.found, walker.scored()};
}

}  // namespace voisin::index
