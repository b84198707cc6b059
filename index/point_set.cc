#include "index/point_set.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace voisin::index {
namespace {

// A bitmap is worth its memory when it is at most four times the list of ids.
constexpr uint64_t kMaxBitsPerId = 256;

}  // namespace

PointSet::PointSet(std::vector<PointId> ids) : ids_(std::move(ids)) {
  // Filters give them ascending and distinct: one look tells, and neither a sort nor a copy is needed.
  if (std::adjacent_find(ids_.begin(), ids_.end(), std::greater_equal<>()) != ids_.end()) {
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  }
  if (ids_.empty()) return;
  const uint64_t range = ids_.back() - ids_.front();
  if (range / kMaxBitsPerId >= ids_.size()) return;
  bits_.resize(range / 64 + 1);
  for (PointId id : ids_) bits_[(id - ids_.front()) / 64] |= uint64_t{1} << ((id - ids_.front()) % 64);
}

bool PointSet::Contains(PointId id) const {
  if (bits_.empty()) return std::binary_search(ids_.begin(), ids_.end(), id);
  if (id < ids_.front() || id > ids_.back()) return false;
  const uint64_t offset = id - ids_.front();
  return (bits_[offset / 64] >> (offset % 64) & 1) != 0;
}

}  // namespace voisin::index
