#include "index/index_check.h"

#include <map>
#include <set>

#include "base/files.h"
#include "base/status_macros.h"
#include "index/lexical_file.h"
#include "index/manifest.h"

namespace voisin::index {
namespace {

absl::Status Named(const absl::Status& status, const std::string& name) {
  if (status.ok()) return status;
  return absl::DataLossError(name + ": " + std::string(status.message()));
}

// Both answer the number of points in a file.
using CheckFile = absl::StatusOr<uint64_t>(std::string_view bytes, FileKind kind, Shape shape,
                                           FileStamp* found);

absl::StatusOr<uint64_t> CheckVectorFile(std::string_view bytes, FileKind kind, Shape shape,
                                         FileStamp* found) {
  if (kind == FileKind::flat) {
    ASSIGN_OR_RETURN(const FlatView view, ParseFlatFile(bytes, shape, found));
    return view.ids.size();
  }
  ASSIGN_OR_RETURN(const GraphFile graph, ParseGraphFile(bytes, shape, found));
  return graph.view.ids.size();
}

absl::StatusOr<uint64_t> CheckLexicalFile(std::string_view bytes, FileKind /*kind*/, Shape /*shape*/,
                                          FileStamp* found) {
  ASSIGN_OR_RETURN(const LexicalView view, ParseLexicalFile(bytes, found));
  return view.ids.size();
}

absl::StatusOr<uint64_t> CheckSegment(const std::filesystem::path& path, const Manifest::File& file,
                                      Shape shape, CheckFile check_file) {
  ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(path));
  FileStamp found;
  ASSIGN_OR_RETURN(const uint64_t points, check_file(mapped.text(), file.kind, shape, &found));
  RETURN_IF_ERROR(CheckStamp(file.stamp, found));
  return points;
}

absl::StatusOr<uint64_t> CountDead(const Manifest& manifest, const std::map<uint64_t, uint64_t>& sizes) {
  std::set<std::pair<uint64_t, uint64_t>> dead;
  for (const Manifest::Tombstone& tombstone : manifest.tombstones) {
    const auto segment = sizes.find(tombstone.number);
    if (segment == sizes.end() || tombstone.slot >= segment->second) {
      return absl::DataLossError("MANIFEST: a tombstone of no point");
    }
    dead.emplace(tombstone.number, tombstone.slot);
  }
  return dead.size();
}

absl::StatusOr<std::optional<IndexCheck>> CheckFiles(const std::filesystem::path& directory, Shape shape,
                                                     CheckFile check_file) {
  const absl::StatusOr<MappedFile> mapped = MappedFile::Open(directory / "MANIFEST");
  if (absl::IsNotFound(mapped.status())) return std::nullopt;
  RETURN_IF_ERROR(Named(mapped.status(), "MANIFEST"));
  const absl::StatusOr<Manifest> manifest = ParseManifest(mapped->text());
  RETURN_IF_ERROR(Named(manifest.status(), "MANIFEST"));
  const Shape found = manifest->shape;
  RETURN_IF_ERROR(
      Named(CheckShape(shape, found.dimensions, static_cast<uint32_t>(found.metric)), "MANIFEST"));
  IndexCheck check{0, 0, manifest->applied_lsn};
  std::map<uint64_t, uint64_t> sizes;
  for (const Manifest::File& file : manifest->files) {
    const std::string name = SegmentFileName(file.number);
    const absl::StatusOr<uint64_t> points = CheckSegment(directory / name, file, shape, check_file);
    RETURN_IF_ERROR(Named(points.status(), name));
    sizes[file.number] = *points;
    check.points += *points;
    ++check.files;
  }
  ASSIGN_OR_RETURN(const uint64_t dead, CountDead(*manifest, sizes));
  check.points -= dead;
  return check;
}

}  // namespace

absl::StatusOr<std::optional<IndexCheck>> CheckIndexFiles(const std::filesystem::path& directory,
                                                          uint32_t dimensions, Metric metric) {
  return CheckFiles(directory, Shape{dimensions, metric}, CheckVectorFile);
}

absl::StatusOr<std::optional<IndexCheck>> CheckLexicalFiles(const std::filesystem::path& directory) {
  return CheckFiles(directory, Shape{}, CheckLexicalFile);
}

}  // namespace voisin::index
