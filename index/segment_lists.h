#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "index/types.h"

namespace voisin::index {

// In quiet times the largest segment takes in the others when they are at least so small a part of it.
inline constexpr uint64_t kQuietDivisor = 200;

inline bool IsWorthConsolidating(uint64_t largest, uint64_t beside) {
  return beside > 0 && beside * kQuietDivisor >= largest;
}

// What plans of both kinds of index do with their segments. Sealed ones have points(), IsDead(slot) and view().ids, growing
// ones size(), IsDead(row) and id(row).

template <typename Sealed, typename Growing>
uint64_t LivePoints(const std::vector<std::shared_ptr<Sealed>>& sealed,
                    const std::vector<std::shared_ptr<Growing>>& growing) {
  uint64_t points = 0;
  for (const auto& segment : sealed) points += segment->live();
  for (const auto& segment : growing) points += segment->size() - segment->dead();
  return points;
}

template <typename Segment>
bool AnyHasLive(const std::vector<std::shared_ptr<Segment>>& segments, PointId id) {
  return std::ranges::any_of(segments, [id](const auto& segment) { return segment->ContainsLive(id); });
}

// Leaves those of `segments` that are not among `taken`.
template <typename Segment>
void KeepOthers(std::vector<std::shared_ptr<Segment>>& segments,
                const std::vector<std::shared_ptr<Segment>>& taken) {
  std::erase_if(segments,
                [&](const auto& segment) { return std::ranges::find(taken, segment) != taken.end(); });
}

template <typename Segment, typename Visit>
void ForEachDeadSlot(const Segment& sealed, const Visit& visit) {
  for (uint32_t slot = 0; slot < sealed.points(); ++slot) {
    if (sealed.IsDead(slot)) visit(sealed.view().ids[slot]);
  }
}

template <typename Segment, typename Visit>
void ForEachDeadRow(const Segment& growing, const Visit& visit) {
  for (uint32_t row = 0; row < growing.size(); ++row) {
    if (growing.IsDead(row)) visit(growing.id(row));
  }
}

}  // namespace voisin::index
