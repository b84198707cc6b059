#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "index/beam.h"
#include "index/graph_segment.h"
#include "index/visited_set.h"

namespace voisin::index {

// What a walk needs and the next one on the same thread reuses.
struct WalkScratch {
  VisitedSet visited;
  SortedBeam beam;
  FilteredBeam filtered_beam;
  std::vector<uint32_t> batch;  // nodes to be compared
  std::vector<float> scores;    // of the batch
  std::vector<uint32_t> hops;   // links that lead to no answer
};

// The steps that walks are made of. A batch holds at most as many nodes as a node has links on the lowest level.
class Walker {
 public:
  Walker(const GraphSegment& segment, const CodeQuery& query, WalkScratch& scratch)
      : segment_(segment), query_(query), scratch_(scratch), widest_(size_t{2} * segment.view().graph.m) {
    scratch_.batch.resize(widest_);
    scratch_.scores.resize(widest_);
  }

  uint64_t scored() const { return scored_; }
  size_t widest() const { return widest_; }

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

  // Expands until the beam is done: collect(links) fills the batch and returns its length, admit(node) offers to the beam.
  template <typename Beam, typename Collect, typename Admit>
  void Explore(Beam& beam, Collect collect, Admit admit) {
    while (!beam.Done()) {
      const std::span<const uint32_t> links = segment_.base_links(beam.Expand());
      if (!beam.Done()) Prefetch(segment_.base_links(beam.Peek()));
      OfferBatch(collect(links), admit);
    }
  }

  template <typename Admit>
  void OfferBatch(size_t count, Admit admit) {
    Score(count);
    for (size_t i = 0; i < count; ++i) admit(ScoredNode{scratch_.scores[i], scratch_.batch[i]});
  }

  // The links' nodes that were not met before.
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

  const GraphSegment& segment_;
  const CodeQuery& query_;
  WalkScratch& scratch_;
  const size_t widest_;
  uint64_t scored_ = 0;
};

// Of the calling thread.
WalkScratch& ThreadScratch();

}  // namespace voisin::index
