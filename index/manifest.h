#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "index/section_file.h"
#include "index/segment_file.h"

namespace voisin::index {

// The file MANIFEST: which files together are the index, and up to which change. A container as
// section_file.h says.
//
//   manifest   := meta files tombstones
//     meta       := dimensions u32, metric u32, applied_lsn u64; dimensions 0 and metric 0: of a lexical index
//     files      := {number u64, size u64, table_checksum u64, kind u32 (FileKind), reserved u32} for each
//     segment tombstones := {number u64, slot u64} for each dead point of a graph or lexical file
//
// The segment with number N lies in the file segment-N.
struct Manifest {
  struct File {
    uint64_t number = 0;
    FileStamp stamp;
    FileKind kind = FileKind::graph;  // graph, flat or lexical
  };

  struct Tombstone {
    uint64_t number = 0;  // of the segment
    uint64_t slot = 0;
  };

  Shape shape;
  uint64_t applied_lsn = 0;
  std::vector<File> files;
  std::vector<Tombstone> tombstones;
};

std::string SegmentFileName(uint64_t number);

absl::Status WriteManifest(const std::filesystem::path& path, const Manifest& manifest);

// Checks everything; nothing is assumed of the input.
absl::StatusOr<Manifest> ParseManifest(std::string_view file);

}  // namespace voisin::index
