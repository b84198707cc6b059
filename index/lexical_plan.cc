#include "index/lexical_plan.h"

#include <algorithm>

#include "index/segment_lists.h"

namespace voisin::index {
namespace {

// A segment is merged with no less than its points divided by this.
constexpr uint64_t kMergeDivisor = 2;

uint64_t LivePoints(const LexicalPlan& plan) {
  uint64_t points = 0;
  for (const auto& segment : plan.sealed) points += segment->live();
  for (const auto& buffer : plan.buffers) points += buffer->size() - buffer->dead();
  return points;
}

// How many of `segments`, by rising size, are worth taking with `points` others.
size_t WorthTaking(const std::vector<std::shared_ptr<LexicalSegment>>& segments, uint64_t points) {
  size_t taken = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (points > 0 && points * kMergeDivisor >= segments[i]->live()) taken = i + 1;
    points += segments[i]->live();
  }
  return taken;
}

}  // namespace

bool TooManyDead(const LexicalSegment& segment, double max_dead_ratio) {
  return segment.dead() > max_dead_ratio * segment.points();
}

LexicalPlan PlanMerge(const LexicalSegmentList& list, double max_dead_ratio, uint64_t no_dead_before) {
  LexicalPlan plan;
  plan.buffers.assign(list.buffers.begin(), list.buffers.end() - 1);
  std::vector<std::shared_ptr<LexicalSegment>> others;
  for (const auto& segment : list.sealed) {
    const double ratio = segment->number() < no_dead_before ? 0 : max_dead_ratio;
    (TooManyDead(*segment, ratio) ? plan.sealed : others).push_back(segment);
  }
  std::ranges::sort(others, {}, [](const auto& segment) { return segment->live(); });
  others.resize(WorthTaking(others, LivePoints(plan)));
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
