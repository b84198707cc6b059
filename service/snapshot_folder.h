#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "service/types.h"
#include "storage/snapshot_manifest.h"

namespace voisin::service {

// The snapshots of a data directory on disk: one folder each, with a file MANIFEST (docs/formats.md). What is
// not whole lies beside them under a name that begins with '.'. List may be called from any thread, the
// others by one thread at a time; all block on disk.
class SnapshotFolder {
 public:
  explicit SnapshotFolder(std::filesystem::path root) : root_(std::move(root)) {}

  // What a stop in the middle has left.
  absl::Status RemoveUnfinished() const;
  // A place for what is not whole, where nothing is yet. From any thread.
  std::filesystem::path Scratch();
  std::filesystem::path PathOf(const std::string& id) const { return root_ / id; }

  // `id`, or when it is empty one of collection and time that is free. AlreadyExists.
  absl::StatusOr<std::string> ChooseId(std::string id, const std::string& collection, int64_t now_us) const;
  // Makes the files in `made` the snapshot `id`: all is synced, then it is there at once. AlreadyExists.
  absl::StatusOr<SnapshotInfo> Publish(const std::filesystem::path& made, const std::string& id,
                                       const storage::SnapshotManifest& manifest) const;
  // NotFound; DataLoss or FailedPrecondition name the snapshot.
  absl::StatusOr<storage::SnapshotManifest> Read(const std::string& id) const;
  absl::StatusOr<std::vector<SnapshotInfo>> List() const;  // ascending ids
  absl::Status Remove(const std::string& id);

 private:
  const std::filesystem::path root_;
  std::atomic<uint64_t> scratches_ = 0;
};

absl::StatusOr<SnapshotInfo> InfoOf(const std::string& id, const storage::SnapshotManifest& manifest);

}  // namespace voisin::service
