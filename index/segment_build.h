#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "index/segment_list.h"

namespace voisin::index {

// Which segments become one new graph.
struct BuildPlan {
  std::shared_ptr<GraphSegment> base;                 // its graph is extended; null: a graph from nothing
  std::vector<std::shared_ptr<GraphSegment>> graphs;  // taken apart, as `flats` are
  std::vector<std::shared_ptr<FlatSegment>> flats;

  bool empty() const { return base == nullptr && graphs.empty() && flats.empty(); }
};

// A graph is extended by no less than this part of it, because extending copies it: while points keep coming. In quiet
// times by kQuietDivisor.
inline constexpr uint64_t kGrowthDivisor = 20;

struct BuildOptions {
  uint32_t dimensions = 0;
  Metric metric = Metric::cosine;
  IndexParams params;
  double max_dead_ratio = 0.3;
  int threads = 1;
  uint64_t no_waste_before = 0;  // segments with a smaller number are rebuilt when they have any waste
  uint64_t growth_divisor = kGrowthDivisor;
};

// Is it time to rebuild the segment from its live points?
bool TooMuchWaste(const GraphSegment& segment, double max_dead_ratio);

// Are there graphs, and enough beside the largest to extend it by in quiet times?
bool IsScattered(const SegmentList& list);

// Chooses what to build next; an empty plan when nothing is to be done. Always takes every flat segment that
// waits. One graph is extended, together with all smaller ones, when what is added is at least 1/growth_divisor of
// it; so a list holds few graphs and a point is inserted O(log n) times. A graph past the dead ratio is rebuilt from
// its live points.
BuildPlan PlanBuild(const SegmentList& list, const BuildOptions& options);

// Builds one segment of all points that are live at some moment of the call. Null when there are none.
// Points removed meanwhile may be in it: call CarryRemovals before it is published.
absl::StatusOr<std::shared_ptr<GraphSegment>> BuildSegment(const BuildPlan& plan, const BuildOptions& options,
                                                           uint64_t number, const std::atomic<bool>& stop);

// Removes from `built` what died in the plan's segments since it was built. Needs the writer's lock.
void CarryRemovals(const BuildPlan& plan, GraphSegment& built);

// `list` with `built` (null: nothing) in place of the plan's segments.
SegmentList Replace(const SegmentList& list, const BuildPlan& plan, std::shared_ptr<GraphSegment> built);

}  // namespace voisin::index
