#include "index/graph_walk.h"
#include "index/walker.h"

namespace voisin::index {
namespace {

// Allowed nodes from all over the segment that a walk starts from.
constexpr uint32_t kSeeds = 64;

class NarrowWalker {
 public:
  NarrowWalker(const GraphSegment& segment, const CodeQuery& query, const AllowedNodes& allowed,
               WalkScratch& scratch)
      : segment_(segment), allowed_(allowed), scratch_(scratch), walker_(segment, query, scratch) {}

  WalkResult Run(uint32_t ef) {
    const ScoredNode start = walker_.Descend();
    scratch_.visited.Begin(segment_.nodes());
    scratch_.beam.Begin(ef);
    const auto admit = [&](ScoredNode node) { scratch_.beam.Admit(node); };
    scratch_.visited.Insert(start.node);
    if (allowed_.Contains(start.node)) admit(start);
    walker_.OfferBatch(CollectAllowed(segment_.base_links(start.node)), admit);
    const std::vector<uint32_t> seeds = allowed_.Sample(kSeeds);
    for (size_t begin = 0; begin < seeds.size(); begin += walker_.widest()) {
      walker_.OfferBatch(CollectSeeds(seeds, begin), admit);
    }
    walker_.Explore(
        scratch_.beam, [&](std::span<const uint32_t> links) { return CollectAllowed(links); }, admit);
    return {scratch_.beam.Take(), walker_.scored()};
  }

 private:
  size_t CollectSeeds(std::span<const uint32_t> seeds, size_t begin) {
    size_t count = 0;
    for (uint32_t node : seeds.subspan(begin, std::min(walker_.widest(), seeds.size() - begin))) {
      if (scratch_.visited.Insert(node)) scratch_.batch[count++] = node;
    }
    return count;
  }

  size_t CollectAllowed(std::span<const uint32_t> links) {
    scratch_.hops.clear();
    size_t length = 0, passing = 0, count = 0;
    for (; length < links.size() && links[length] != kNoNode; ++length) {
      const uint32_t target = links[length];
      if (allowed_.Contains(target)) {
        ++passing;
        if (scratch_.visited.Insert(target)) scratch_.batch[count++] = target;
      } else if (!scratch_.visited.Contains(target)) {
        scratch_.hops.push_back(target);
      }
    }
    return 2 * passing >= length ? count : CollectBehindHops(count);
  }

  // Each hop once in a walk; half as many nodes as a node has links.
  size_t CollectBehindHops(size_t count) {
    const std::vector<uint32_t>& hops = scratch_.hops;
    const size_t enough = walker_.widest() / 2;
    for (size_t i = 0; i < hops.size() && count < enough; ++i) {
      if (i + 1 < hops.size()) Walker::Prefetch(segment_.base_links(hops[i + 1]));
      scratch_.visited.Insert(hops[i]);
      for (uint32_t target : segment_.base_links(hops[i])) {
        if (target == kNoNode || count == walker_.widest()) break;
        if (allowed_.Contains(target) && scratch_.visited.Insert(target)) scratch_.batch[count++] = target;
      }
    }
    return count;
  }

  const GraphSegment& segment_;
  const AllowedNodes& allowed_;
  WalkScratch& scratch_;
  Walker walker_;
};

}  // namespace

WalkResult NarrowWalk(const GraphSegment& segment, const CodeQuery& query, uint32_t ef,
                      const AllowedNodes& allowed) {
  return NarrowWalker(segment, query, allowed, ThreadScratch()).Run(ef);
}

}  // namespace voisin::index
