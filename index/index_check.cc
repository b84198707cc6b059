#include "index/index_check.h"

#include <map>
#include <set>

#include "base/files.h"
#include "base/status_macros.h"
#include "index/manifest.h"

namespace voisin::index {
namespace {

absl::Status Named(const absl::Status& status, const std::string& name) {
  if (status.ok()) return status;
  return absl::DataLossError(name + ": " + std::string(status.message()));
}

// The number of points in the file.
absl::StatusOr<uint64_t> CheckSegment(const std::filesystem::path& path, const Manifest::File& file,
                                      Shape shape) {
  ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(path));
  FileStamp found;
  uint64_t points = 0;
  if (file.kind == FileKind::flat) {
    ASSIGN_OR_RETURN(const FlatView view, ParseFlatFile(mapped.text(), shape, &found));
    points = view.ids.size();
  } else {
    ASSIGN_OR_RETURN(const GraphFile graph, ParseGraphFile(mapped.text(), shape, &found));
    points = graph.view.ids.size();
  }
  RETURN_IF_ERROR(CheckStamp(file.stamp, found));
  return points;
}

}  // namespace

absl::StatusOr<std::optional<IndexCheck>> CheckIndexFiles(const std::filesystem::path& directory,
                                                          uint32_t dimensions, Metric metric) {
  const absl::StatusOr<MappedFile> mapped = MappedFile::Open(directory / "MANIFEST");
  if (absl::IsNotFound(mapped.status())) return std::nullopt;
  RETURN_IF_ERROR(Named(mapped.status(), "MANIFEST"));
  const absl::StatusOr<Manifest> manifest = ParseManifest(mapped->text());
  RETURN_IF_ERROR(Named(manifest.status(), "MANIFEST"));
  const Shape shape{dimensions, metric};
  RETURN_IF_ERROR(
      Named(CheckShape(shape, manifest->shape.dimensions, static_cast<uint32_t>(manifest->shape.metric)),
            "MANIFEST"));
  IndexCheck check{0, 0, manifest->applied_lsn};
  std::map<uint64_t, uint64_t> sizes;
  for (const Manifest::File& file : manifest->files) {
    const std::string name = SegmentFileName(file.number);
    const absl::StatusOr<uint64_t> points = CheckSegment(directory / name, file, shape);
    RETURN_IF_ERROR(Named(points.status(), name));
    sizes[file.number] = *points;
    check.points += *points;
    ++check.files;
  }
  std::set<std::pair<uint64_t, uint64_t>> dead;
  for (const Manifest::Tombstone& tombstone : manifest->tombstones) {
    const auto segment = sizes.find(tombstone.number);
    if (segment == sizes.end() || tombstone.slot >= segment->second) {
      return absl::DataLossError("MANIFEST: a tombstone of no point");
    }
    dead.emplace(tombstone.number, tombstone.slot);
  }
  check.points -= dead.size();
  return check;
}

}  // namespace voisin::index
