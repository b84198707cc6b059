#include "index/index_store.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::index {
namespace {

namespace fs = std::filesystem;

constexpr char kManifestName[] = "MANIFEST";
constexpr char kDamagedName[] = "damaged";

absl::Status FileSystemStatus(const std::error_code& error, const std::string& action) {
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), action);
}

absl::Status WithName(const absl::Status& status, const std::string& name) {
  return absl::Status(status.code(), name + ": " + std::string(status.message()));
}

bool IsOurs(const std::string& name) {
  return name.starts_with("segment-") || name.starts_with(kManifestName);
}

std::vector<fs::path> OurFiles(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (IsOurs(it->path().filename().string())) files.push_back(it->path());
  }
  return files;
}

absl::Status CheckDistinct(const std::vector<std::shared_ptr<GraphSegment>>& graphs,
                           const FlatPoints& points) {
  std::vector<PointId> live = points.ids;
  for (const auto& segment : graphs) {
    for (uint32_t slot = 0; slot < segment->points(); ++slot) {
      if (!segment->IsDead(slot)) live.push_back(segment->view().ids[slot]);
    }
  }
  std::ranges::sort(live);
  const auto twice = std::ranges::adjacent_find(live);
  if (twice == live.end()) return absl::OkStatus();
  return absl::DataLossError("point " + std::to_string(*twice) + " lives in two segments");
}

absl::Status Bury(const std::vector<Manifest::Tombstone>& tombstones,
                  const std::vector<std::shared_ptr<GraphSegment>>& graphs) {
  std::map<uint64_t, GraphSegment*> by_number;
  for (const auto& segment : graphs) by_number[segment->number()] = segment.get();
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

void CollectTombstones(const GraphSegment& segment, std::vector<Manifest::Tombstone>& tombstones) {
  for (uint32_t slot = 0; slot < segment.points(); ++slot) {
    if (segment.IsDead(slot)) tombstones.push_back({segment.number(), slot});
  }
}

}  // namespace

absl::StatusOr<IndexStore::Contents> IndexStore::Load() {
  std::error_code error;
  fs::create_directories(directory_, error);
  RETURN_IF_ERROR(FileSystemStatus(error, "create " + directory_.string()));
  absl::StatusOr<Contents> contents = LoadAll();
  if (contents.ok()) return contents;
  graph_files_.clear();
  has_manifest_ = false;
  RETURN_IF_ERROR(SetAside());
  Contents damaged;
  damaged.damage = std::string(contents.status().message());
  return damaged;
}

absl::StatusOr<IndexStore::Contents> IndexStore::LoadAll() {
  Contents contents;
  if (!fs::exists(directory_ / kManifestName)) {
    RETURN_IF_ERROR(RemoveStrays({}));
    return contents;
  }
  ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest());
  for (const Manifest::File& file : manifest.files) {
    const absl::Status loaded = LoadSegment(file, contents);
    if (!loaded.ok()) return WithName(loaded, SegmentFileName(file.number));
  }
  RETURN_IF_ERROR(Bury(manifest.tombstones, contents.graphs));
  RETURN_IF_ERROR(CheckDistinct(contents.graphs, contents.points));
  contents.applied_lsn = manifest.applied_lsn;
  has_manifest_ = true;
  RETURN_IF_ERROR(RemoveStrays(manifest));
  return contents;
}

absl::StatusOr<Manifest> IndexStore::ReadManifest() const {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(directory_ / kManifestName));
  absl::StatusOr<Manifest> manifest = ParseManifest(file.text());
  if (!manifest.ok()) return WithName(manifest.status(), kManifestName);
  const absl::Status fits =
      CheckShape(shape_, manifest->shape.dimensions, static_cast<uint32_t>(manifest->shape.metric));
  if (!fits.ok()) return WithName(fits, kManifestName);
  return manifest;
}

absl::Status IndexStore::LoadSegment(const Manifest::File& file, Contents& contents) {
  next_number_ = std::max(next_number_, file.number + 1);
  if (file.kind == FileKind::flat) return LoadPoints(file, contents.points);
  ASSIGN_OR_RETURN(std::shared_ptr<GraphSegment> segment,
                   LoadGraphFile(PathOf(file.number), file.number, shape_, file.stamp));
  contents.graphs.push_back(std::move(segment));
  graph_files_[file.number] = file.stamp;
  return absl::OkStatus();
}

absl::Status IndexStore::LoadPoints(const Manifest::File& file, FlatPoints& points) const {
  ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(PathOf(file.number)));
  FileStamp found;
  ASSIGN_OR_RETURN(const FlatView view, ParseFlatFile(mapped.text(), shape_, &found));
  RETURN_IF_ERROR(CheckStamp(file.stamp, found));
  points.ids.insert(points.ids.end(), view.ids.begin(), view.ids.end());
  points.vectors.insert(points.vectors.end(), view.vectors.begin(), view.vectors.end());
  return absl::OkStatus();
}

absl::Status IndexStore::SetAside() {
  std::error_code error;
  fs::remove_all(directory_ / kDamagedName, error);
  if (!error) fs::create_directories(directory_ / kDamagedName, error);
  for (const fs::path& file : OurFiles(directory_)) {
    if (!error) fs::rename(file, directory_ / kDamagedName / file.filename(), error);
  }
  return FileSystemStatus(error, "set aside damaged files of " + directory_.string());
}

absl::Status IndexStore::RemoveStrays(const Manifest& manifest) const {
  std::set<std::string> named{kManifestName};
  for (const Manifest::File& file : manifest.files) named.insert(SegmentFileName(file.number));
  for (const fs::path& file : OurFiles(directory_)) {
    std::error_code error;
    if (!named.contains(file.filename().string())) fs::remove(file, error);
    RETURN_IF_ERROR(FileSystemStatus(error, "remove " + file.string()));
  }
  return absl::OkStatus();
}

absl::Status IndexStore::Save(const State& state, uint64_t flat_number) {
  Manifest manifest{shape_, state.applied_lsn, {}, {}};
  std::map<uint64_t, FileStamp> graph_files;
  for (const auto& segment : state.graphs) {
    const uint64_t number = segment->number();
    if (!graph_files_.contains(number)) {
      ASSIGN_OR_RETURN(graph_files_[number], WriteGraphFile(PathOf(number), segment->view(), shape_.metric));
    }
    graph_files[number] = graph_files_[number];
    manifest.files.push_back({number, graph_files[number], FileKind::graph});
    CollectTombstones(*segment, manifest.tombstones);
  }
  if (!state.points.ids.empty()) {
    ASSIGN_OR_RETURN(const FileStamp stamp, WriteFlatFile(PathOf(flat_number), state.points, shape_));
    manifest.files.push_back({flat_number, stamp, FileKind::flat});
  }
  RETURN_IF_ERROR(WriteManifest(directory_ / kManifestName, manifest));
  has_manifest_ = true;
  graph_files_ = std::move(graph_files);
  return RemoveStrays(manifest);
}

}  // namespace voisin::index
