#include "index/searcher.h"

#include <algorithm>

#include "base/status_macros.h"
#include "index/graph_walk.h"
#include "index/planner.h"
#include "index/segment_scan.h"

namespace voisin::index {
namespace {

uint64_t PointsOf(const SegmentList& list) {
  uint64_t points = 0;
  for (const auto& segment : list.graphs) points += segment->points();
  for (const auto& segment : list.flats) points += segment->size();
  return points;
}

// The part of all points that the filter lets through.
double Selectivity(const SegmentList& list, const PointSet* filter) {
  if (filter == nullptr) return 1;
  const double points = static_cast<double>(std::max<uint64_t>(1, PointsOf(list)));
  return std::min(1.0, static_cast<double>(filter->size()) / points);
}

SearchPath PathOf(bool walked, bool filtered) {
  if (filtered) return walked ? SearchPath::filtered_ann : SearchPath::filtered_exact;
  return walked ? SearchPath::ann : SearchPath::exact;
}

PathReason ReasonOf(Method method, const Query& query) {
  if (query.exact) return PathReason::exact_asked;
  switch (method) {
    case Method::scan:
      return PathReason::few_points;
    case Method::walk:
      return query.filter == nullptr ? PathReason::no_filter : PathReason::wide_filter;
    case Method::narrow_walk:
      return PathReason::narrow_filter;
  }
  return PathReason::few_points;
}

Method MethodFor(const GraphSegment& segment, const Query& query, double selectivity) {
  if (query.exact) return Method::scan;
  return ChooseMethod({.nodes = static_cast<double>(segment.nodes()),
                       .allowed = selectivity * segment.nodes(),
                       .links = 2 * segment.view().graph.m,
                       .ef = query.ef});
}

WalkResult WalkBy(Method method, const GraphSegment& segment, const CodeQuery& codes, const Query& query) {
  if (method == Method::walk) return Walk(segment, codes, query.ef, query.filter);
  return NarrowWalk(segment, codes, query.ef, AllowedNodes(segment, *query.filter));
}

// Returns how many rows were compared.
absl::StatusOr<uint64_t> SearchGraph(const GraphSegment& segment, const Scorer& scorer, const Query& query,
                                     Method method, TopK& best) {
  const CodeQuery codes(scorer.metric(), segment.view().codes, query.vector.data());
  if (method == Method::scan) return ScanSegment(segment, scorer, query, codes, best);
  const WalkResult walk = WalkBy(method, segment, codes, query);
  RETURN_IF_ERROR(Rerank(segment, scorer, query, codes, walk.nodes, best));
  return walk.scored;
}

}  // namespace

absl::StatusOr<SearchResult> SearchSegments(const SegmentList& list, const Scorer& scorer,
                                            const Query& query) {
  const double selectivity = Selectivity(list, query.filter);
  SearchResult result;
  TopK best(query.top_k, query.min_score);
  bool walked = false;
  uint32_t largest = 0;
  for (const auto& segment : list.graphs) {
    const Method method = MethodFor(*segment, query, selectivity);
    ASSIGN_OR_RETURN(const uint64_t scored, SearchGraph(*segment, scorer, query, method, best));
    result.scored += scored;
    walked = walked || method != Method::scan;
    if (segment->nodes() <= largest) continue;
    largest = segment->nodes();
    result.reason = ReasonOf(method, query);
  }
  for (const auto& segment : list.flats) {  // after the graphs: what those found spares comparisons here
    result.scored += segment->Scan(scorer, query.vector.data(), query.filter, best);
  }
  result.path = PathOf(walked, query.filter != nullptr);
  result.neighbors = best.Take();
  return result;
}

}  // namespace voisin::index
