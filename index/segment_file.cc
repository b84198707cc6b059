#include "index/segment_file.h"

#include <cstring>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/status_macros.h"
#include "index/section_file.h"

namespace voisin::index {
namespace {

struct GraphMeta {
  uint32_t dimensions;
  uint32_t metric;
  uint32_t m;
  uint32_t entry;
  uint32_t max_level;
  uint32_t reserved;
};

struct FlatMeta {
  uint32_t dimensions;
  uint32_t metric;
};

template <typename Meta>
absl::StatusOr<Meta> ReadMeta(std::string_view section) {
  if (section.size() != sizeof(Meta)) {
    return absl::DataLossError("meta section: expected " + std::to_string(sizeof(Meta)) + " bytes, found " +
                               std::to_string(section.size()));
  }
  Meta meta;
  std::memcpy(&meta, section.data(), sizeof(Meta));
  return meta;
}

template <typename Meta>
std::string_view MetaBytes(const Meta& meta) {
  return {reinterpret_cast<const char*>(&meta), sizeof(Meta)};
}

absl::StatusOr<FileStamp> WriteSections(const std::filesystem::path& path, FileKind kind,
                                        std::span<const std::string_view> sections) {
  const SectionWriter writer(kind, sections);
  RETURN_IF_ERROR(WriteFileAtomically(path, writer.parts()));
  return FileStamp{writer.file_size(), writer.table_checksum()};
}

}  // namespace

absl::Status CheckStamp(const FileStamp& expected, const FileStamp& found) {
  if (expected == found) return absl::OkStatus();
  return absl::DataLossError("file of another content: expected size " + std::to_string(expected.size) +
                             " and checksum " + std::to_string(expected.checksum) + ", found " +
                             std::to_string(found.size) + " and " + std::to_string(found.checksum));
}

absl::Status CheckShape(const Shape& expected, uint32_t dimensions, uint32_t metric) {
  if (dimensions != expected.dimensions) {
    return absl::DataLossError("expected vectors of " + std::to_string(expected.dimensions) +
                               " dimensions, found " + std::to_string(dimensions));
  }
  if (metric != static_cast<uint32_t>(expected.metric)) {
    return absl::DataLossError("expected metric " + std::to_string(static_cast<uint32_t>(expected.metric)) +
                               ", found " + std::to_string(metric));
  }
  return absl::OkStatus();
}

absl::StatusOr<FileStamp> WriteGraphFile(const std::filesystem::path& path, const SegmentView& segment,
                                         Metric metric) {
  const GraphView& graph = segment.graph;
  const GraphMeta meta{.dimensions = segment.dimensions,
                       .metric = static_cast<uint32_t>(metric),
                       .m = graph.m,
                       .entry = graph.entry,
                       .max_level = graph.max_level,
                       .reserved = 0};
  const std::string_view sections[] = {
      MetaBytes(meta),       AsBytes(segment.ids),      AsBytes(segment.node_of),  AsBytes(segment.vectors),
      AsBytes(graph.levels), AsBytes(graph.base_links), AsBytes(graph.upper_links)};
  return WriteSections(path, FileKind::graph, sections);
}

absl::StatusOr<FileStamp> WriteFlatFile(const std::filesystem::path& path, const FlatPoints& points,
                                        Shape shape) {
  const FlatMeta meta{shape.dimensions, static_cast<uint32_t>(shape.metric)};
  const std::string_view sections[] = {MetaBytes(meta), AsBytes(std::span(points.ids)),
                                       AsBytes(std::span(points.vectors))};
  return WriteSections(path, FileKind::flat, sections);
}

absl::StatusOr<SegmentView> ParseGraphFile(std::string_view file, Shape shape, FileStamp* stamp) {
  ASSIGN_OR_RETURN(const SectionFile parsed, ParseSections(file, FileKind::graph, 7));
  if (stamp != nullptr) *stamp = {file.size(), parsed.table_checksum};
  ASSIGN_OR_RETURN(const GraphMeta meta, ReadMeta<GraphMeta>(parsed.sections[0]));
  RETURN_IF_ERROR(CheckShape(shape, meta.dimensions, meta.metric));
  SegmentView view{.dimensions = meta.dimensions};
  ASSIGN_OR_RETURN(view.ids, AsArray<PointId>(parsed.sections[1]));
  ASSIGN_OR_RETURN(view.node_of, AsArray<uint32_t>(parsed.sections[2]));
  ASSIGN_OR_RETURN(view.vectors, AsArray<float>(parsed.sections[3]));
  view.graph = {.m = meta.m, .entry = meta.entry, .max_level = meta.max_level};
  ASSIGN_OR_RETURN(view.graph.levels, AsArray<uint8_t>(parsed.sections[4]));
  ASSIGN_OR_RETURN(view.graph.base_links, AsArray<uint32_t>(parsed.sections[5]));
  ASSIGN_OR_RETURN(view.graph.upper_links, AsArray<uint32_t>(parsed.sections[6]));
  RETURN_IF_ERROR(CheckSegment(view));
  return view;
}

absl::StatusOr<FlatView> ParseFlatFile(std::string_view file, Shape shape, FileStamp* stamp) {
  ASSIGN_OR_RETURN(const SectionFile parsed, ParseSections(file, FileKind::flat, 3));
  if (stamp != nullptr) *stamp = {file.size(), parsed.table_checksum};
  ASSIGN_OR_RETURN(const FlatMeta meta, ReadMeta<FlatMeta>(parsed.sections[0]));
  RETURN_IF_ERROR(CheckShape(shape, meta.dimensions, meta.metric));
  FlatView view;
  ASSIGN_OR_RETURN(view.ids, AsArray<PointId>(parsed.sections[1]));
  ASSIGN_OR_RETURN(view.vectors, AsArray<float>(parsed.sections[2]));
  if (view.vectors.size() != view.ids.size() * shape.dimensions) {
    return absl::DataLossError("flat segment: expected " +
                               std::to_string(view.ids.size() * shape.dimensions) + " floats, found " +
                               std::to_string(view.vectors.size()));
  }
  return view;
}

absl::StatusOr<std::shared_ptr<GraphSegment>> LoadGraphFile(const std::filesystem::path& path,
                                                            uint64_t number, Shape shape,
                                                            FileStamp expected) {
  ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
  auto file = std::make_shared<const MappedFile>(std::move(mapped));
  FileStamp found;
  ASSIGN_OR_RETURN(const SegmentView view, ParseGraphFile(file->text(), shape, &found));
  RETURN_IF_ERROR(CheckStamp(expected, found));
  return std::make_shared<GraphSegment>(number, view, file);
}

}  // namespace voisin::index
