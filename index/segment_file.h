#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "index/graph_segment.h"

namespace voisin::index {

// Files of segments: containers as section_file.h says, with these sections.
//
//   graph   := meta ids nodes vectors levels base_links upper_links centre codes terms    (version 2)
//     meta        := dimensions u32, metric u32 (0 cosine, 1 dot, 2 l2), m u32, entry u32,
//                    max_level u32, reserved u32, radius f32, largest_scale f32
//     ids         := u64 for each point, ascending
//     nodes       := u32 for each point: the node with its vector
//     vectors     := f32{dimensions} for each node, normalised under cosine
//     levels      := u8 for each node
//     base_links  := u32{2 * m} for each node: nodes, then 0xffffffff to the end
//     upper_links := for each node, for each of its levels from 1: u32{m}, as above
//     centre      := f32{dimensions}; this and what follows as quantizer.h says
//     codes       := i8{CodeStride(dimensions)} for each node, -127..127
//     terms       := scale f32, bias f32 for each node
//   Version 1 had neither radius, largest_scale, centre, codes nor terms; they are made when it is read.
//   flat    := meta ids vectors
//     meta        := dimensions u32, metric u32
//     ids         := u64 for each point, in no order
//     vectors     := f32{dimensions} for each point

// How a manifest names the content of a file.
struct FileStamp {
  uint64_t size = 0;
  uint64_t checksum = 0;  // of the file's table
  bool operator==(const FileStamp&) const = default;
};

// What a file must have been written for.
struct Shape {
  uint32_t dimensions = 0;
  Metric metric = Metric::cosine;
};

struct FlatPoints {
  std::vector<PointId> ids;
  std::vector<float> vectors;  // ids.size() * dimensions
};

// As they lie in memory: the vectors of one point after the other, in runs.
struct FlatRows {
  std::vector<PointId> ids;
  std::vector<std::span<const float>> vectors;
};

// Views into the file's bytes.
struct FlatView {
  std::span<const PointId> ids;
  std::span<const float> vectors;
};

struct GraphFile {
  SegmentView view;                    // into the file's bytes and into `codes`
  std::shared_ptr<const Codes> codes;  // those that the file did not have; else null
};

absl::StatusOr<FileStamp> WriteGraphFile(const std::filesystem::path& path, const SegmentView& segment,
                                         Metric metric);
absl::StatusOr<FileStamp> WriteFlatFile(const std::filesystem::path& path, const FlatRows& rows, Shape shape);

// Check everything: checksums, sizes, bounds. The bytes must start on a multiple of 8 and outlive the view.
absl::StatusOr<GraphFile> ParseGraphFile(std::string_view file, Shape shape, FileStamp* stamp = nullptr);
absl::StatusOr<FlatView> ParseFlatFile(std::string_view file, Shape shape, FileStamp* stamp = nullptr);

// Maps the file; its ids and, where whole vectors are to be in memory, its vectors are used in place; codes and links of
// the lowest level are copied.
absl::StatusOr<std::shared_ptr<GraphSegment>> LoadGraphFile(const std::filesystem::path& path,
                                                            uint64_t number, Shape shape, FileStamp expected,
                                                            VectorStorage storage);

// DataLoss when the found stamp or shape is another one.
absl::Status CheckStamp(const FileStamp& expected, const FileStamp& found);
absl::Status CheckShape(const Shape& expected, uint32_t dimensions, uint32_t metric);

}  // namespace voisin::index
