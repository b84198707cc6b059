#include "index/graph_walk.h"

#include "index/walker.h"

namespace voisin::index {

WalkScratch& ThreadScratch() {
  thread_local WalkScratch scratch;
  return scratch;
}

WalkResult Walk(const GraphSegment& segment, const CodeQuery& query, uint32_t ef, const PointSet* filter) {
  WalkScratch& scratch = ThreadScratch();
  Walker walker(segment, query, scratch);
  const ScoredNode start = walker.Descend();
  scratch.visited.Begin(segment.nodes());
  scratch.visited.Insert(start.node);
  const auto explore = [&](auto& beam, auto admit) {
    beam.Begin(ef);
    admit(start);
    walker.Explore(
        beam, [&](std::span<const uint32_t> links) { return walker.CollectUnvisited(links); }, admit);
    return WalkResult{beam.Take(), walker.scored()};
  };
  if (filter == nullptr && segment.AllNodesLive()) {
    return explore(scratch.beam, [&](ScoredNode node) { scratch.beam.Admit(node); });
  }
  return explore(scratch.filtered_beam, [&](ScoredNode node) {
    scratch.filtered_beam.Admit(node, segment.Allows(node.node, filter));
  });
}

}  // namespace voisin::index
