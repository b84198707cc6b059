#include "index/rerank.h"

#include <algorithm>

namespace voisin::index {
namespace {

// Rows compared before the floor of `best` is looked at again.
constexpr size_t kBatch = 16;

// Moves up to kBatch nodes that `best` may want from the front of `nodes` to `batch`; 0: it wants none of the rest.
size_t TakeWanted(const CodeQuery& codes, const TopK& best, std::span<const ScoredNode>& nodes,
                  uint32_t* batch) {
  size_t count = 0;
  while (count < kBatch && !nodes.empty() && best.Wants(codes.AtMost(nodes.front().score))) {
    const ScoredNode node = nodes.front();
    if (best.Wants(codes.AtMost(node.score, node.node))) batch[count++] = node.node;
    nodes = nodes.subspan(1);
  }
  return count;
}

}  // namespace

void Rerank(const GraphSegment& segment, const Scorer& scorer, const Query& query, const CodeQuery& codes,
            std::span<const ScoredNode> nodes, TopK& best) {
  uint32_t batch[kBatch];
  float scores[kBatch];
  while (const size_t count = TakeWanted(codes, best, nodes, batch)) {
    scorer.ScoreRows(query.vector.data(), segment.view().vectors.data(), batch, count, scores);
    for (size_t i = 0; i < count; ++i) {
      if (best.Wants(scores[i])) segment.OfferPoints(batch[i], scores[i], query.filter, best);
    }
  }
}

}  // namespace voisin::index
