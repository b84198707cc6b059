#include "index/segment_file.h"

#include <cstring>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/status_macros.h"
#include "index/section_file.h"
#include "index/vectors_on_file.h"

namespace voisin::index {
namespace {

constexpr uint32_t kGraphVersion = 2;
constexpr size_t kGraphSections[] = {7, 10};
constexpr uint32_t kFlatVersion = 1;
constexpr size_t kFlatSections[] = {3};

// All of version 1, and how the newer one begins.
struct GraphMeta {
  uint32_t dimensions;
  uint32_t metric;
  uint32_t m;
  uint32_t entry;
  uint32_t max_level;
  uint32_t reserved;
};

struct CodesMeta {
  float radius;
  float largest_scale;
};

struct GraphMeta2 {
  GraphMeta graph;
  CodesMeta codes;
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

absl::StatusOr<FileStamp> WriteSections(const std::filesystem::path& path, FileKind kind, uint32_t version,
                                        std::span<const SectionParts> sections) {
  const SectionWriter writer(kind, version, sections);
  RETURN_IF_ERROR(WriteFileAtomically(path, writer.parts()));
  return FileStamp{writer.file_size(), writer.table_checksum()};
}

absl::StatusOr<GraphMeta2> ReadGraphMeta(const SectionFile& parsed) {
  if (parsed.version == kGraphVersion) return ReadMeta<GraphMeta2>(parsed.sections[0]);
  ASSIGN_OR_RETURN(const GraphMeta graph, ReadMeta<GraphMeta>(parsed.sections[0]));
  return GraphMeta2{graph, {}};
}

// Without codes.
absl::StatusOr<SegmentView> ViewOf(const SectionFile& parsed, const GraphMeta& meta) {
  SegmentView view{.dimensions = meta.dimensions};
  ASSIGN_OR_RETURN(view.ids, AsArray<PointId>(parsed.sections[1]));
  ASSIGN_OR_RETURN(view.node_of, AsArray<uint32_t>(parsed.sections[2]));
  ASSIGN_OR_RETURN(view.vectors, AsArray<float>(parsed.sections[3]));
  view.graph = {.m = meta.m, .entry = meta.entry, .max_level = meta.max_level};
  ASSIGN_OR_RETURN(view.graph.levels, AsArray<uint8_t>(parsed.sections[4]));
  ASSIGN_OR_RETURN(view.graph.base_links, AsArray<uint32_t>(parsed.sections[5]));
  ASSIGN_OR_RETURN(view.graph.upper_links, AsArray<uint32_t>(parsed.sections[6]));
  return view;
}

absl::StatusOr<CodesView> CodesOf(const SectionFile& parsed, const CodesMeta& meta) {
  CodesView codes{.radius = meta.radius, .largest_scale = meta.largest_scale};
  ASSIGN_OR_RETURN(codes.centre, AsArray<float>(parsed.sections[7]));
  ASSIGN_OR_RETURN(codes.codes, AsArray<int8_t>(parsed.sections[8]));
  ASSIGN_OR_RETURN(codes.terms, AsArray<CodeTerms>(parsed.sections[9]));
  return codes;
}

// What keeps the memory of a segment that came from a file.
struct LoadedSegment {
  explicit LoadedSegment(MappedFile mapped) : file(std::move(mapped)) {}

  // Moves what walks read in no order from the file to memory of large pages.
  void TakeWalked(SegmentView& view) {
    if (codes == nullptr) Take(view.codes.codes, walked_codes);
    Take(view.graph.base_links, links);
  }

  MappedFile file;
  std::shared_ptr<const Codes> codes;  // those that the file did not have
  AlignedVector<int8_t> walked_codes;
  AlignedVector<uint32_t> links;

 private:
  template <typename T>
  void Take(std::span<const T>& section, AlignedVector<T>& memory) {
    memory.assign(section.begin(), section.end());
    file.Forget(AsBytes(section));
    section = memory;
  }
};

// The vectors stay in the file, but for halves of them.
absl::StatusOr<std::shared_ptr<const VectorsOnFile>> LeaveVectors(const std::filesystem::path& path,
                                                                  const MappedFile& mapped,
                                                                  const SegmentView& view,
                                                                  VectorStorage storage) {
  ASSIGN_OR_RETURN(ReadOnlyFile file, ReadOnlyFile::Open(path));
  HalfVectors halves;
  if (storage == VectorStorage::float16) halves = HalfVectors(view.vectors, view.dimensions);
  const std::string_view vectors = AsBytes(view.vectors);
  mapped.Forget(vectors);
  return std::make_shared<const VectorsOnFile>(std::move(file),
                                               static_cast<uint64_t>(vectors.data() - mapped.text().data()),
                                               view.dimensions, std::move(halves));
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
  const CodesView& codes = segment.codes;
  const GraphMeta2 meta{.graph = {.dimensions = segment.dimensions,
                                  .metric = static_cast<uint32_t>(metric),
                                  .m = graph.m,
                                  .entry = graph.entry,
                                  .max_level = graph.max_level,
                                  .reserved = 0},
                        .codes = {codes.radius, codes.largest_scale}};
  const SectionParts sections[] = {{MetaBytes(meta)},
                                   {AsBytes(segment.ids)},
                                   {AsBytes(segment.node_of)},
                                   {AsBytes(segment.vectors)},
                                   {AsBytes(graph.levels)},
                                   {AsBytes(graph.base_links)},
                                   {AsBytes(graph.upper_links)},
                                   {AsBytes(codes.centre)},
                                   {AsBytes(codes.codes)},
                                   {AsBytes(codes.terms)}};
  return WriteSections(path, FileKind::graph, kGraphVersion, sections);
}

absl::StatusOr<FileStamp> WriteFlatFile(const std::filesystem::path& path, const FlatRows& rows,
                                        Shape shape) {
  const FlatMeta meta{shape.dimensions, static_cast<uint32_t>(shape.metric)};
  SectionParts vectors;
  for (const std::span<const float> run : rows.vectors) vectors.push_back(AsBytes(run));
  const SectionParts sections[] = {{MetaBytes(meta)}, {AsBytes(std::span(rows.ids))}, std::move(vectors)};
  return WriteSections(path, FileKind::flat, kFlatVersion, sections);
}

absl::StatusOr<GraphFile> ParseGraphFile(std::string_view file, Shape shape, FileStamp* stamp) {
  ASSIGN_OR_RETURN(const SectionFile parsed, ParseSections(file, FileKind::graph, kGraphSections));
  if (stamp != nullptr) *stamp = {file.size(), parsed.table_checksum};
  ASSIGN_OR_RETURN(const GraphMeta2 meta, ReadGraphMeta(parsed));
  RETURN_IF_ERROR(CheckShape(shape, meta.graph.dimensions, meta.graph.metric));
  GraphFile result;
  ASSIGN_OR_RETURN(result.view, ViewOf(parsed, meta.graph));
  if (parsed.version == kGraphVersion) {
    ASSIGN_OR_RETURN(result.view.codes, CodesOf(parsed, meta.codes));
  } else {
    result.codes =
        std::make_shared<const Codes>(Quantize(shape.metric, shape.dimensions, result.view.vectors));
    result.view.codes = result.codes->view();
  }
  RETURN_IF_ERROR(CheckSegment(result.view));
  return result;
}

absl::StatusOr<FlatView> ParseFlatFile(std::string_view file, Shape shape, FileStamp* stamp) {
  ASSIGN_OR_RETURN(const SectionFile parsed, ParseSections(file, FileKind::flat, kFlatSections));
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
                                                            uint64_t number, Shape shape, FileStamp expected,
                                                            VectorStorage storage) {
  ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
  auto loaded = std::make_shared<LoadedSegment>(std::move(mapped));
  FileStamp found;
  ASSIGN_OR_RETURN(GraphFile parsed, ParseGraphFile(loaded->file.text(), shape, &found));
  RETURN_IF_ERROR(CheckStamp(expected, found));
  loaded->codes = parsed.codes;
  loaded->TakeWalked(parsed.view);
  std::shared_ptr<const VectorsOnFile> on_file;
  if (storage != VectorStorage::float32) {
    ASSIGN_OR_RETURN(on_file, LeaveVectors(path, loaded->file, parsed.view, storage));
  }
  return std::make_shared<GraphSegment>(number, parsed.view, std::move(loaded), std::move(on_file));
}

}  // namespace voisin::index
