#include "index/lexical_plan.h"

#include <algorithm>

#include "index/segment_lists.h"

namespace voisin::index {
namespace {

// How many of `segments`, by rising size, are worth taking with `points` others.
size_t WorthTaking(const std::vector<std::shared_ptr<LexicalSegment>>& segments, uint64_t points,
                   uint64_t divisor) {
  size_t taken = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (points > 0 && points * divisor >= segments[i]->live()) taken = i + 1;
    points += segments[i]->live();
  }
  return taken;
}

}  // namespace

bool TooManyDead(const LexicalSegment& segment, double max_dead_ratio) {
  return segment.dead() > max_dead_ratio * segment.points();
}

bool IsScattered(const LexicalSegmentList& list) {
  if (list.sealed.empty()) return false;
  const uint64_t largest = std::ranges::max(list.sealed, {}, [](const auto& s) { return s->live(); })->live();
  return IsWorthConsolidating(largest, LivePoints(list.sealed, list.buffers) - largest);
}

LexicalPlan PlanMerge(const LexicalSegmentList& list, const MergeOptions& options) {
  LexicalPlan plan;
  plan.buffers.assign(list.buffers.begin(), list.buffers.end() - 1);
  std::vector<std::shared_ptr<LexicalSegment>> others;
  for (const auto& segment : list.sealed) {
    const double ratio = segment->number() < options.no_dead_before ? 0 : options.max_dead_ratio;
    (TooManyDead(*segment, ratio) ? plan.sealed : others).push_back(segment);
  }
  std::ranges::sort(others, {}, [](const auto& segment) { return segment->live(); });
  others.resize(WorthTaking(others, LivePoints(plan.sealed, plan.buffers), options.merge_divisor));
  plan.sealed.insert(plan.sealed.end(), others.begin(), others.end());
  return plan;
}

void CarryRemovals(const LexicalPlan& plan, LexicalSegment& built) {
  const auto check = [&](PointId id) {
    if (!AnyHasLive(plan.sealed, id) && !AnyHasLive(plan.buffers, id)) built.Remove(id);
  };
  for (const auto& segment : plan.sealed) ForEachDeadSlot(*segment, check);
  for (const auto& buffer : plan.buffers) ForEachDeadRow(*buffer, check);
}

LexicalSegmentList Replace(const LexicalSegmentList& list, const LexicalPlan& plan,
                           std::shared_ptr<LexicalSegment> built) {
  LexicalSegmentList replaced = list;
  KeepOthers(replaced.sealed, plan.sealed);
  KeepOthers(replaced.buffers, plan.buffers);
  if (built != nullptr) replaced.sealed.push_back(std::move(built));
  return replaced;
}

}  // namespace voisin::index
