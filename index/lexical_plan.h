#pragma once

#include <memory>
#include <vector>

#include "index/lexical_segment_list.h"

namespace voisin::index {

// Which segments become one new one.
struct LexicalPlan {
  std::vector<std::shared_ptr<LexicalSegment>> sealed;
  std::vector<std::shared_ptr<LexicalBuffer>> buffers;

  bool empty() const { return sealed.empty() && buffers.empty(); }
};

// Does the segment waste more than this part of its points?
bool TooManyDead(const LexicalSegment& segment, double max_dead_ratio);

struct MergeOptions {
  double max_dead_ratio = 0.3;
  uint64_t no_dead_before = 0;  // segments with a smaller number are rewritten when they have any dead point
  uint64_t merge_divisor = 2;   // a segment is merged with no less than its points divided by this
};

// Are there sealed segments, and enough beside the largest to merge it with in quiet times?
bool IsScattered(const LexicalSegmentList& list);

// What to do next; an empty plan when nothing is. Always takes the buffers that wait and segments with too many dead
// points; and the largest segment that all smaller ones and these together are at least half of, with all of these. So
// sizes grow as powers of three, and a point is rewritten O(log n) times (a log-structured merge, O'Neil and others
// 1996).
LexicalPlan PlanMerge(const LexicalSegmentList& list, const MergeOptions& options);

// Removes from `built` what died in the plan's segments since it was made. Needs the writer's lock.
void CarryRemovals(const LexicalPlan& plan, LexicalSegment& built);

// `list` with `built` (null: nothing) in place of the plan's segments.
LexicalSegmentList Replace(const LexicalSegmentList& list, const LexicalPlan& plan,
                           std::shared_ptr<LexicalSegment> built);

}  // namespace voisin::index
