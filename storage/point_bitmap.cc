#include "storage/point_bitmap.h"

#include <array>

#include "roaring/roaring.h"

namespace voisin::storage {
namespace {

constexpr int kLowBits = 32;
constexpr size_t kPortion = 4096;

uint64_t High(PointId point) { return point >> kLowBits; }
uint32_t Low(PointId point) { return static_cast<uint32_t>(point); }

}  // namespace

void PointBitmap::Free::operator()(roaring_bitmap_s* bitmap) const { roaring_bitmap_free(bitmap); }

PointBitmap::PointBitmap() = default;
PointBitmap::~PointBitmap() = default;
PointBitmap::PointBitmap(PointBitmap&&) noexcept = default;
PointBitmap& PointBitmap::operator=(PointBitmap&&) noexcept = default;

PointBitmap::PointBitmap(const PointBitmap& other) {
  for (const auto& [high, part] : other.parts_) parts_.emplace(high, roaring_bitmap_copy(part.get()));
}

PointBitmap& PointBitmap::operator=(const PointBitmap& other) {
  if (this != &other) *this = PointBitmap(other);
  return *this;
}

roaring_bitmap_s* PointBitmap::PartOf(uint64_t high) {
  Part& part = parts_[high];
  if (part == nullptr) part.reset(roaring_bitmap_create());
  return part.get();
}

void PointBitmap::Add(std::span<const PointId> points) {
  roaring_bitmap_s* part = nullptr;
  uint64_t high = 0;
  for (const PointId point : points) {
    if (part == nullptr || High(point) != high) part = PartOf(high = High(point));
    roaring_bitmap_add(part, Low(point));
  }
}

void PointBitmap::AddChunk(uint64_t chunk, std::span<const uint16_t> low) {
  if (low.empty()) return;
  roaring_bitmap_s* const part = PartOf(chunk >> 16);
  const uint32_t base = static_cast<uint32_t>(chunk << 16);
  std::array<uint32_t, kPortion> portion;
  while (!low.empty()) {
    const size_t count = std::min(kPortion, low.size());
    for (size_t i = 0; i < count; ++i) portion[i] = base | low[i];
    roaring_bitmap_add_many(part, count, portion.data());
    low = low.subspan(count);
  }
}

PointBitmap& PointBitmap::operator|=(const PointBitmap& other) {
  for (const auto& [high, part] : other.parts_) roaring_bitmap_or_inplace(PartOf(high), part.get());
  return *this;
}

PointBitmap& PointBitmap::operator&=(const PointBitmap& other) {
  std::erase_if(parts_, [&](const auto& mine) {
    const auto found = other.parts_.find(mine.first);
    if (found == other.parts_.end()) return true;
    roaring_bitmap_and_inplace(mine.second.get(), found->second.get());
    return roaring_bitmap_is_empty(mine.second.get());
  });
  return *this;
}

PointBitmap& PointBitmap::operator-=(const PointBitmap& other) {
  std::erase_if(parts_, [&](const auto& mine) {
    const auto found = other.parts_.find(mine.first);
    if (found == other.parts_.end()) return false;
    roaring_bitmap_andnot_inplace(mine.second.get(), found->second.get());
    return roaring_bitmap_is_empty(mine.second.get());
  });
  return *this;
}

bool PointBitmap::Contains(PointId point) const {
  const auto found = parts_.find(High(point));
  return found != parts_.end() && roaring_bitmap_contains(found->second.get(), Low(point));
}

uint64_t PointBitmap::size() const {
  uint64_t points = 0;
  for (const auto& [high, part] : parts_) points += roaring_bitmap_get_cardinality(part.get());
  return points;
}

std::vector<PointId> PointBitmap::ascending() const {
  std::vector<PointId> points;
  points.reserve(size());
  std::vector<uint32_t> low;
  for (const auto& [high, part] : parts_) {
    low.resize(roaring_bitmap_get_cardinality(part.get()));
    roaring_bitmap_to_uint32_array(part.get(), low.data());
    for (const uint32_t bits : low) points.push_back(high << kLowBits | bits);
  }
  return points;
}

size_t PointBitmap::bytes() const {
  size_t bytes = sizeof(*this);
  for (const auto& [high, part] : parts_) bytes += 64 + roaring_bitmap_size_in_bytes(part.get());
  return bytes;
}

bool PointBitmap::operator==(const PointBitmap& other) const {
  if (parts_.size() != other.parts_.size()) return false;
  for (const auto& [high, part] : parts_) {
    const auto found = other.parts_.find(high);
    if (found == other.parts_.end() || !roaring_bitmap_equals(part.get(), found->second.get())) return false;
  }
  return true;
}

}  // namespace voisin::storage
