#include "index/manifest.h"

#include <cstring>

#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::index {
namespace {

constexpr size_t kSectionCounts[] = {3};

struct Meta {
  uint32_t dimensions;
  uint32_t metric;
  uint64_t applied_lsn;
};

struct FileEntry {
  uint64_t number;
  uint64_t size;
  uint64_t checksum;
  uint32_t kind;
  uint32_t reserved;
};

absl::StatusOr<Metric> MetricOf(uint32_t number) {
  if (number > static_cast<uint32_t>(Metric::l2)) {
    return absl::DataLossError("manifest: expected a metric of 0..2, found " + std::to_string(number));
  }
  return static_cast<Metric>(number);
}

absl::StatusOr<Manifest::File> FileOf(const FileEntry& entry) {
  const FileKind kind = static_cast<FileKind>(entry.kind);
  if (kind != FileKind::graph && kind != FileKind::flat && kind != FileKind::lexical) {
    return absl::DataLossError("manifest: expected a segment of kind 1, 2 or 4, found " +
                               std::to_string(entry.kind));
  }
  return Manifest::File{entry.number, {entry.size, entry.checksum}, kind};
}

}  // namespace

std::string SegmentFileName(uint64_t number) { return "segment-" + std::to_string(number); }

absl::Status WriteManifest(const std::filesystem::path& path, const Manifest& manifest) {
  const Meta meta{manifest.shape.dimensions, static_cast<uint32_t>(manifest.shape.metric),
                  manifest.applied_lsn};
  std::vector<FileEntry> entries;
  for (const Manifest::File& file : manifest.files) {
    entries.push_back(
        {file.number, file.stamp.size, file.stamp.checksum, static_cast<uint32_t>(file.kind), 0});
  }
  const SectionParts sections[] = {{AsBytes(std::span(&meta, 1))},
                                   {AsBytes(std::span<const FileEntry>(entries))},
                                   {AsBytes(std::span<const Manifest::Tombstone>(manifest.tombstones))}};
  const SectionWriter writer(FileKind::manifest, 1, sections);
  return WriteFileAtomically(path, writer.parts());
}

absl::StatusOr<Manifest> ParseManifest(std::string_view file) {
  ASSIGN_OR_RETURN(const SectionFile parsed, ParseSections(file, FileKind::manifest, kSectionCounts));
  ASSIGN_OR_RETURN(const auto metas, AsArray<Meta>(parsed.sections[0]));
  if (metas.size() != 1) return absl::DataLossError("manifest: meta section of a wrong length");
  Manifest manifest;
  manifest.shape.dimensions = metas[0].dimensions;
  ASSIGN_OR_RETURN(manifest.shape.metric, MetricOf(metas[0].metric));
  manifest.applied_lsn = metas[0].applied_lsn;
  ASSIGN_OR_RETURN(const auto entries, AsArray<FileEntry>(parsed.sections[1]));
  for (const FileEntry& entry : entries) {
    ASSIGN_OR_RETURN(Manifest::File segment, FileOf(entry));
    manifest.files.push_back(segment);
  }
  ASSIGN_OR_RETURN(const auto tombstones, AsArray<Manifest::Tombstone>(parsed.sections[2]));
  manifest.tombstones.assign(tombstones.begin(), tombstones.end());
  return manifest;
}

}  // namespace voisin::index
