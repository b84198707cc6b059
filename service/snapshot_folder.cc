#include "service/snapshot_folder.h"

#include <algorithm>
#include <system_error>

#include "absl/time/time.h"
#include "base/file_status.h"
#include "base/file_writer.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "service/collection_definition.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

constexpr char kManifestName[] = "MANIFEST";

absl::Status Failed(const std::error_code& error, const std::string& action) {
  return error ? FileStatus(error.value(), action) : absl::OkStatus();
}

absl::Status Taken(const std::string& id) {
  return ExistingResource("snapshot", "snapshots/" + id, "snapshot \"" + id + "\" exists already");
}

absl::Status NoSuchSnapshot(const std::string& id) {
  return NotFoundResource("snapshot", "snapshots/" + id, "no snapshot \"" + id + "\"");
}

// The name of a snapshot in front; a newer format is a precondition that this program does not meet.
absl::Status OfSnapshot(const std::string& id, const absl::Status& status) {
  const std::string message = "snapshot \"" + id + "\": " + std::string(MessageOf(status));
  if (absl::IsFailedPrecondition(status)) {
    return BrokenPrecondition("SNAPSHOT_FORMAT", "snapshots/" + id, message);
  }
  return absl::Status(status.code(), message);
}

SnapshotInfo Unusable(const std::string& id, const absl::Status& why) {
  SnapshotInfo info;
  info.id = id;
  info.problem = std::string(MessageOf(why));
  return info;
}

bool IsHidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

absl::StatusOr<std::vector<fs::path>> EntriesOf(const fs::path& root) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  RETURN_IF_ERROR(Failed(error, "list " + root.string()));
  std::ranges::sort(entries);
  return entries;
}

}  // namespace

absl::StatusOr<SnapshotInfo> InfoOf(const std::string& id, const storage::SnapshotManifest& manifest) {
  ASSIGN_OR_RETURN(const CollectionDefinition definition, DecodeDefinition(manifest.collection.definition));
  SnapshotInfo info;
  info.id = id;
  info.collection = manifest.collection.id;
  info.model = definition.model;
  info.model_fingerprint = definition.model_fingerprint;
  info.document_count = manifest.state.count;
  info.lsn = manifest.state.last_lsn;
  info.size_bytes = manifest.bytes();
  info.create_time_us = manifest.create_time_us;
  return info;
}

absl::Status SnapshotFolder::RemoveUnfinished() const {
  ASSIGN_OR_RETURN(const std::vector<fs::path> entries, EntriesOf(root_));
  std::error_code error;
  for (const fs::path& entry : entries) {
    if (IsHidden(entry)) fs::remove_all(entry, error);
    RETURN_IF_ERROR(Failed(error, "remove " + entry.string()));
  }
  return absl::OkStatus();
}

fs::path SnapshotFolder::Scratch() { return root_ / (".unfinished-" + std::to_string(++scratches_)); }

absl::StatusOr<std::string> SnapshotFolder::ChooseId(std::string id, const std::string& collection,
                                                     int64_t now_us) const {
  std::error_code error;
  if (!id.empty()) return fs::exists(PathOf(id), error) ? absl::StatusOr<std::string>(Taken(id)) : id;
  const std::string base =
      collection + "-" + absl::FormatTime("%Y%m%d-%H%M%S", absl::FromUnixMicros(now_us), absl::UTCTimeZone());
  id = base;
  for (int n = 2; fs::exists(PathOf(id), error); ++n) id = base + "-" + std::to_string(n);
  return id;
}

absl::StatusOr<SnapshotInfo> SnapshotFolder::Publish(const fs::path& made, const std::string& id,
                                                     const storage::SnapshotManifest& manifest) const {
  std::error_code error;
  if (fs::exists(PathOf(id), error)) return Taken(id);
  ASSIGN_OR_RETURN(SnapshotInfo info, InfoOf(id, manifest));
  RETURN_IF_ERROR(WriteFileAtomically(made / kManifestName, storage::EncodeSnapshot(manifest)));
  RETURN_IF_ERROR(SyncTree(made));
  fs::rename(made, PathOf(id), error);
  RETURN_IF_ERROR(Failed(error, "rename " + made.string()));
  RETURN_IF_ERROR(SyncFolder(root_));
  return info;
}

absl::StatusOr<storage::SnapshotManifest> SnapshotFolder::Read(const std::string& id) const {
  std::error_code error;
  if (!fs::exists(PathOf(id), error)) return NoSuchSnapshot(id);
  const absl::StatusOr<std::string> bytes = ReadFile(PathOf(id) / kManifestName);
  if (absl::IsNotFound(bytes.status())) {
    return OfSnapshot(id, absl::DataLossError("expected a file MANIFEST, found none"));
  }
  if (!bytes.ok()) return OfSnapshot(id, bytes.status());
  absl::StatusOr<storage::SnapshotManifest> manifest = storage::DecodeSnapshot(*bytes);
  return manifest.ok() ? manifest : OfSnapshot(id, manifest.status());
}

absl::StatusOr<std::vector<SnapshotInfo>> SnapshotFolder::List() const {
  ASSIGN_OR_RETURN(const std::vector<fs::path> entries, EntriesOf(root_));
  std::vector<SnapshotInfo> snapshots;
  for (const fs::path& entry : entries) {
    if (IsHidden(entry)) continue;
    const std::string id = entry.filename().string();
    const absl::StatusOr<storage::SnapshotManifest> manifest = Read(id);
    if (absl::IsNotFound(manifest.status())) continue;  // deleted meanwhile
    const auto info = manifest.ok() ? InfoOf(id, *manifest) : absl::StatusOr<SnapshotInfo>(manifest.status());
    snapshots.push_back(info.ok() ? *info : Unusable(id, info.status()));
  }
  return snapshots;
}

absl::Status SnapshotFolder::Remove(const std::string& id) {
  const fs::path doomed = Scratch();
  std::error_code error;
  fs::rename(PathOf(id), doomed, error);
  if (error == std::errc::no_such_file_or_directory) return NoSuchSnapshot(id);
  RETURN_IF_ERROR(Failed(error, "rename " + PathOf(id).string()));
  RETURN_IF_ERROR(SyncFolder(root_));
  fs::remove_all(doomed, error);
  return Failed(error, "remove " + doomed.string());
}

}  // namespace voisin::service
