#include "index/allowed_nodes.h"

#include <algorithm>
#include <bit>

namespace voisin::index {
namespace {

// First position in the ascending `ids` at or after `from` whose id is not below `id`, by doubling steps.
size_t Gallop(std::span<const PointId> ids, size_t from, PointId id) {
  size_t step = 1;
  while (from + step < ids.size() && ids[from + step] < id) step *= 2;
  const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(from + step / 2);
  const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), from + step + 1));
  return static_cast<size_t>(std::lower_bound(begin, end, id) - ids.begin());
}

// As Gallop, for an `id` that is not below ids[from]. Ids come from one counter, so that most often as many slots lie between
// two points as numbers.
size_t Advance(std::span<const PointId> ids, size_t from, PointId id) {
  const size_t guess = from + (id - ids[from]);
  return guess < ids.size() && ids[guess] == id ? guess : Gallop(ids, from, id);
}

}  // namespace

std::vector<uint32_t> AllowedSlots(const GraphSegment& segment, const PointSet& filter) {
  const std::span<const PointId> ids = segment.view().ids, wanted = filter.ascending();
  std::vector<uint32_t> slots;
  if (ids.empty()) return slots;
  slots.reserve(std::min(ids.size(), wanted.size()));
  size_t i = static_cast<size_t>(std::ranges::lower_bound(wanted, ids.front()) - wanted.begin());
  for (size_t slot = 0; i < wanted.size();) {
    slot = Advance(ids, slot, wanted[i]);
    if (slot == ids.size()) break;
    if (ids[slot] != wanted[i]) {
      i = Gallop(wanted, i, ids[slot]);
    } else if (++i; !segment.IsDead(static_cast<uint32_t>(slot))) {
      slots.push_back(static_cast<uint32_t>(slot));
    }
  }
  return slots;
}

AllowedNodes::AllowedNodes(const GraphSegment& segment, const PointSet& filter)
    : bits_(segment.nodes() / 64 + 1) {
  for (uint32_t slot : AllowedSlots(segment, filter)) {
    const uint32_t node = segment.view().node_of[slot];
    bits_[node / 64] |= uint64_t{1} << (node % 64);
  }
  for (uint64_t word : bits_) size_ += static_cast<size_t>(std::popcount(word));
}

std::vector<uint32_t> AllowedNodes::Sample(uint32_t count) const {
  std::vector<uint32_t> nodes;
  const size_t stride = bits_.size() / count + 1;
  for (size_t begin = 0; begin < bits_.size(); begin += stride) {
    const auto first = bits_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto end = bits_.begin() + static_cast<std::ptrdiff_t>(std::min(bits_.size(), begin + stride));
    const auto word = std::find_if(first, end, [](uint64_t bits) { return bits != 0; });
    if (word == end) continue;
    nodes.push_back(static_cast<uint32_t>((word - bits_.begin()) * 64 + std::countr_zero(*word)));
  }
  return nodes;
}

}  // namespace voisin::index
