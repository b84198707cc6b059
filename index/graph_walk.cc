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

// What a walk needs and the next one reuses.
struct Scratch {
  VisitedSet visited;
  SortedBeam beam;
  FilteredBeam filtered_beam;
  std::vector<uint32_t> batch;
  std::vector<float> scores;
};

class Walker {
 public:
  Walker(const GraphSegment& segment, const CodeQuery& query, Scratch& scratch)
      : segment_(segment), query_(query), scratch_(scratch) {
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

  // Admit(node) offers a node to `beam`.
  template <typename Beam, typename Admit>
  std::span<const ScoredNode> Explore(ScoredNode start, size_t ef, Beam& beam, Admit admit) {
    scratch_.visited.Begin(segment_.nodes());
    scratch_.visited.Insert(start.node);
    beam.Begin(ef);
    admit(start);
    while (!beam.Done()) {
      const std::span<const uint32_t> links = segment_.base_links(beam.Expand());
      if (!beam.Done()) Prefetch(segment_.base_links(beam.Peek()));
      const size_t count = CollectUnvisited(links);
      Score(count);
      for (size_t i = 0; i < count; ++i) admit(ScoredNode{scratch_.scores[i], scratch_.batch[i]});
    }
    return beam.Take();
  }

 private:
  void Score(size_t count) {
    query_.ScoreRows(scratch_.batch.data(), count, scratch_.scores.data());
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

  static void Prefetch(std::span<const uint32_t> links) {
    for (size_t i = 0; i < links.size(); i += 16) __builtin_prefetch(links.data() + i);
  }

  const GraphSegment& segment_;
  const CodeQuery& query_;
  Scratch& scratch_;
  uint64_t scored_ = 0;
};

}  // namespace

WalkResult Walk(const GraphSegment& segment, const CodeQuery& query, uint32_t ef, const PointSet* filter) {
  thread_local Scratch scratch;
  Walker walker(segment, query, scratch);
  const ScoredNode start = walker.Descend();
  std::span<const ScoredNode> nodes;
  if (filter == nullptr && segment.AllNodesLive()) {
    SortedBeam& beam = scratch.beam;
    nodes = walker.Explore(start, ef, beam, [&](ScoredNode node) { beam.Admit(node); });
  } else {
    FilteredBeam& beam = scratch.filtered_beam;
    nodes = walker.Explore(start, ef, beam,
                           [&](ScoredNode node) { beam.Admit(node, segment.Allows(node.node, filter)); });
  }
  return {nodes, walker.scored()};
}

}  // namespace voisin::index
