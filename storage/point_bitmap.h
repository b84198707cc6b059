#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "storage/document.h"

struct roaring_bitmap_s;

namespace voisin::storage {

// A set of points: Roaring bitmaps (CRoaring) of the lower 32 bits, by the upper 32. For one thread, or many that
// only read.
class PointBitmap {
 public:
  PointBitmap();
  ~PointBitmap();
  PointBitmap(const PointBitmap& other);
  PointBitmap& operator=(const PointBitmap& other);
  PointBitmap(PointBitmap&&) noexcept;
  PointBitmap& operator=(PointBitmap&&) noexcept;

  // Any order, duplicates allowed.
  void Add(std::span<const PointId> points);
  // The points chunk * 65536 + low.
  void AddChunk(uint64_t chunk, std::span<const uint16_t> low);
  PointBitmap& operator|=(const PointBitmap& other);
  PointBitmap& operator&=(const PointBitmap& other);
  PointBitmap& operator-=(const PointBitmap& other);

  bool Contains(PointId point) const;
  bool empty() const { return parts_.empty(); }
  uint64_t size() const;
  std::vector<PointId> ascending() const;
  size_t bytes() const;  // of memory, about
  bool operator==(const PointBitmap& other) const;

 private:
  struct Free {
    void operator()(roaring_bitmap_s* bitmap) const;
  };
  using Part = std::unique_ptr<roaring_bitmap_s, Free>;

  roaring_bitmap_s* PartOf(uint64_t high);

  std::map<uint64_t, Part> parts_;  // none is empty
};

}  // namespace voisin::storage
