#include "index/index_store.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::index {

absl::StatusOr<IndexStore::Contents> IndexStore::Load() {
  absl::StatusOr<Contents> contents = LoadAll();
  if (contents.ok()) return contents;
  graph_files_.clear();
  has_manifest_ = false;
  RETURN_IF_ERROR(directory_.SetAside());
  Contents damaged;
  damaged.damage = std::string(contents.status().message());
  return damaged;
}

absl::StatusOr<IndexStore::Contents> IndexStore::LoadAll() {
  Contents contents;
  if (!directory_.HasManifest()) {
    RETURN_IF_ERROR(directory_.RemoveStrays({}));
    return contents;
  }
  ASSIGN_OR_RETURN(const Manifest manifest, directory_.ReadManifest());
  for (const Manifest::File& file : manifest.files) {
    const absl::Status loaded = LoadSegment(file, contents);
    if (!loaded.ok()) return WithName(loaded, SegmentFileName(file.number));
  }
  RETURN_IF_ERROR(Bury(manifest.tombstones, contents.graphs));
  RETURN_IF_ERROR(CheckDistinct(contents.graphs, contents.points.ids));
  contents.applied_lsn = manifest.applied_lsn;
  has_manifest_ = true;
  RETURN_IF_ERROR(directory_.RemoveStrays(manifest));
  return contents;
}

absl::Status IndexStore::LoadSegment(const Manifest::File& file, Contents& contents) {
  next_number_ = std::max(next_number_, file.number + 1);
  if (file.kind == FileKind::flat) return LoadPoints(file, contents.points);
  ASSIGN_OR_RETURN(std::shared_ptr<GraphSegment> segment, LoadGraph(file.number, file.stamp));
  contents.graphs.push_back(std::move(segment));
  graph_files_[file.number] = file.stamp;
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<GraphSegment>> IndexStore::LoadGraph(uint64_t number, FileStamp stamp) const {
  return LoadGraphFile(directory_.PathOf(number), number, shape_, stamp, storage_);
}

absl::Status IndexStore::LoadPoints(const Manifest::File& file, FlatPoints& points) const {
  ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(directory_.PathOf(file.number)));
  FileStamp found;
  ASSIGN_OR_RETURN(const FlatView view, ParseFlatFile(mapped.text(), shape_, &found));
  RETURN_IF_ERROR(CheckStamp(file.stamp, found));
  points.ids.insert(points.ids.end(), view.ids.begin(), view.ids.end());
  points.vectors.insert(points.vectors.end(), view.vectors.begin(), view.vectors.end());
  return absl::OkStatus();
}

absl::Status IndexStore::RemoveSetAside() const { return directory_.RemoveSetAside(); }

absl::StatusOr<FileStamp> IndexStore::WriteIfMissing(const GraphSegment& segment) {
  const auto known = graph_files_.find(segment.number());
  if (known != graph_files_.end()) return known->second;
  ASSIGN_OR_RETURN(const FileStamp stamp,
                   WriteGraphFile(directory_.PathOf(segment.number()), segment.view(), shape_.metric));
  graph_files_[segment.number()] = stamp;
  return stamp;
}

absl::StatusOr<std::shared_ptr<GraphSegment>> IndexStore::Settle(const GraphSegment& built) {
  if (!has_manifest_) RETURN_IF_ERROR(directory_.Create());
  ASSIGN_OR_RETURN(const FileStamp stamp, WriteIfMissing(built));
  return LoadGraph(built.number(), stamp);
}

absl::Status IndexStore::Save(const State& state, uint64_t flat_number) {
  if (!has_manifest_) RETURN_IF_ERROR(directory_.Create());
  Manifest manifest{shape_, state.applied_lsn, {}, {}};
  std::map<uint64_t, FileStamp> graph_files;
  for (const auto& segment : state.graphs) {
    ASSIGN_OR_RETURN(const FileStamp stamp, WriteIfMissing(*segment));
    graph_files[segment->number()] = stamp;
    manifest.files.push_back({segment->number(), stamp, FileKind::graph});
    CollectTombstones(*segment, manifest.tombstones);
  }
  if (!state.rows.ids.empty()) {
    ASSIGN_OR_RETURN(const FileStamp stamp,
                     WriteFlatFile(directory_.PathOf(flat_number), state.rows, shape_));
    manifest.files.push_back({flat_number, stamp, FileKind::flat});
  }
  RETURN_IF_ERROR(directory_.Write(manifest));
  has_manifest_ = true;
  graph_files_ = std::move(graph_files);
  return directory_.RemoveStrays(manifest);
}

}  // namespace voisin::index
