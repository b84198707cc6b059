#include "index/lexical_store.h"

#include <utility>

#include "base/status_macros.h"
#include "index/lexical_file.h"

namespace voisin::index {

absl::StatusOr<LexicalStore::Contents> LexicalStore::Load() {
  absl::StatusOr<Contents> contents = LoadAll();
  if (contents.ok()) return contents;
  files_.clear();
  has_manifest_ = false;
  RETURN_IF_ERROR(directory_.SetAside());
  return Contents{{}, 0, std::string(contents.status().message())};
}

absl::StatusOr<LexicalStore::Contents> LexicalStore::LoadAll() {
  Contents contents;
  Manifest manifest;
  has_manifest_ = directory_.HasManifest();
  if (has_manifest_) {
    ASSIGN_OR_RETURN(manifest, directory_.ReadManifest());
  }
  for (const Manifest::File& file : manifest.files) {
    const absl::Status loaded = LoadSegment(file, contents.segments);
    if (!loaded.ok()) return WithName(loaded, SegmentFileName(file.number));
  }
  RETURN_IF_ERROR(Bury(manifest.tombstones, contents.segments));
  RETURN_IF_ERROR(CheckDistinct(contents.segments, {}));
  contents.applied_lsn = manifest.applied_lsn;
  RETURN_IF_ERROR(directory_.RemoveStrays(manifest));
  return contents;
}

absl::Status LexicalStore::LoadSegment(const Manifest::File& file, Segments& segments) {
  next_number_ = std::max(next_number_, file.number + 1);
  ASSIGN_OR_RETURN(std::shared_ptr<LexicalSegment> segment,
                   LoadLexicalFile(directory_.PathOf(file.number), file.number, file.stamp));
  segments.push_back(std::move(segment));
  files_[file.number] = file.stamp;
  return absl::OkStatus();
}

absl::Status LexicalStore::Save(const Segments& segments, uint64_t applied_lsn) {
  if (!has_manifest_) RETURN_IF_ERROR(directory_.Create());
  Manifest manifest{Shape{}, applied_lsn, {}, {}};
  std::map<uint64_t, FileStamp> files;
  for (const auto& segment : segments) {
    const uint64_t number = segment->number();
    if (!files_.contains(number)) {
      ASSIGN_OR_RETURN(files_[number], WriteLexicalFile(directory_.PathOf(number), segment->view()));
    }
    files[number] = files_[number];
    manifest.files.push_back({number, files[number], FileKind::lexical});
    CollectTombstones(*segment, manifest.tombstones);
  }
  RETURN_IF_ERROR(directory_.Write(manifest));
  has_manifest_ = true;
  files_ = std::move(files);
  return directory_.RemoveStrays(manifest);
}

}  // namespace voisin::index
