#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "index/manifest.h"

namespace voisin::index {

// The folder of one index, whatever its segments are: its MANIFEST, what is set aside, what is stray. Not thread-safe.
class IndexDirectory {
 public:
  IndexDirectory(std::filesystem::path path, Shape shape) : path_(std::move(path)), shape_(shape) {}

  absl::Status Create() const;  // when missing
  std::filesystem::path PathOf(uint64_t number) const { return path_ / SegmentFileName(number); }

  bool HasManifest() const;
  // DataLoss when it is damaged or of another shape.
  absl::StatusOr<Manifest> ReadManifest() const;
  absl::Status Write(const Manifest& manifest) const;

  // Moves all files of an index to the folder "damaged" inside; what lay there before is removed.
  absl::Status SetAside() const;
  // Removes files of an index that the manifest does not name.
  absl::Status RemoveStrays(const Manifest& manifest) const;
  // Removes the folder "damaged".
  absl::Status RemoveSetAside() const;

 private:
  std::vector<std::filesystem::path> Files() const;

  const std::filesystem::path path_;
  const Shape shape_;
};

// The message begins with the name.
absl::Status WithName(const absl::Status& status, const std::string& name);

// The following take segments that have number(), points(), view().ids, IsDead and RemoveSlot.

template <typename Segment>
void CollectTombstones(const Segment& segment, std::vector<Manifest::Tombstone>& tombstones) {
  for (uint32_t slot = 0; slot < segment.points(); ++slot) {
    if (segment.IsDead(slot)) tombstones.push_back({segment.number(), slot});
  }
}

template <typename Segment>
absl::Status Bury(const std::vector<Manifest::Tombstone>& tombstones,
                  const std::vector<std::shared_ptr<Segment>>& segments) {
  std::map<uint64_t, Segment*> by_number;
  for (const auto& segment : segments) by_number[segment->number()] = segment.get();
  for (const Manifest::Tombstone& tombstone : tombstones) {
    const auto found = by_number.find(tombstone.number);
    if (found == by_number.end() || tombstone.slot >= found->second->points()) {
      return absl::DataLossError("MANIFEST: tombstone of slot " + std::to_string(tombstone.slot) +
                                 " in segment " + std::to_string(tombstone.number) +
                                 ", which has no such slot");
    }
    found->second->RemoveSlot(static_cast<uint32_t>(tombstone.slot));
  }
  return absl::OkStatus();
}

// DataLoss when a point lives twice. `live`: points outside the segments.
template <typename Segment>
absl::Status CheckDistinct(const std::vector<std::shared_ptr<Segment>>& segments, std::vector<PointId> live) {
  for (const auto& segment : segments) {
    for (uint32_t slot = 0; slot < segment->points(); ++slot) {
      if (!segment->IsDead(slot)) live.push_back(segment->view().ids[slot]);
    }
  }
  std::ranges::sort(live);
  const auto twice = std::ranges::adjacent_find(live);
  if (twice == live.end()) return absl::OkStatus();
  return absl::DataLossError("point " + std::to_string(*twice) + " lives in two segments");
}

}  // namespace voisin::index
