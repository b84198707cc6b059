#include "index/segment_scan.h"

#include <algorithm>
#include <numeric>

#include "base/status_macros.h"
#include "index/allowed_nodes.h"
#include "index/visited_set.h"

namespace voisin::index {
namespace {

// Of the nodes compared by their codes, the closest so many are compared by their vectors before the others are looked at.
size_t FirstRanked(const Query& query) { return std::max<size_t>(64, size_t{4} * query.top_k); }

struct Scratch {
  VisitedSet met;
  std::vector<uint32_t> nodes;
  std::vector<float> scores;
  std::vector<ScoredNode> scored;
};

void CollectAll(const GraphSegment& segment, Scratch& scratch) {
  scratch.nodes.resize(segment.nodes());
  std::iota(scratch.nodes.begin(), scratch.nodes.end(), 0u);
}

void CollectAllowed(const GraphSegment& segment, const PointSet& filter, Scratch& scratch) {
  const std::vector<uint32_t> slots = AllowedSlots(segment, filter);
  scratch.nodes.resize(slots.size() + 1);
  scratch.met.Begin(segment.nodes());
  size_t count = 0;
  for (uint32_t slot : slots) {
    scratch.nodes[count] = segment.view().node_of[slot];
    count += scratch.met.Insert(scratch.nodes[count]) ? 1 : 0;
  }
  scratch.nodes.resize(count);
}

void Score(const CodeQuery& codes, Scratch& scratch) {
  scratch.scores.resize(scratch.nodes.size());
  codes.ScoreRows(scratch.nodes.data(), scratch.nodes.size(), scratch.scores.data());
  scratch.scored.clear();
  for (size_t i = 0; i < scratch.nodes.size(); ++i) {
    scratch.scored.push_back({scratch.scores[i], scratch.nodes[i]});
  }
}

}  // namespace

absl::StatusOr<uint64_t> ScanSegment(const GraphSegment& segment, const Scorer& scorer, const Query& query,
                                     const CodeQuery& codes, TopK& best) {
  thread_local Scratch scratch;
  if (query.filter == nullptr) {
    CollectAll(segment, scratch);
  } else {
    CollectAllowed(segment, *query.filter, scratch);
  }
  Score(codes, scratch);
  std::vector<ScoredNode>& scored = scratch.scored;
  const auto first =
      scored.begin() + static_cast<std::ptrdiff_t>(std::min(scored.size(), FirstRanked(query)));
  if (first != scored.end()) std::nth_element(scored.begin(), first, scored.end(), Closer);
  std::sort(scored.begin(), first, Closer);
  RETURN_IF_ERROR(Rerank(segment, scorer, query, codes, {scored.begin(), first}, best));
  const auto rest = std::remove_if(first, scored.end(), [&](const ScoredNode& node) {
    return !best.Wants(codes.AtMost(node.score, node.node));
  });
  std::sort(first, rest, Closer);
  RETURN_IF_ERROR(Rerank(segment, scorer, query, codes, {first, rest}, best));
  return scratch.nodes.size();
}

}  // namespace voisin::index
