#pragma once

#include "service/collections.h"
#include "service/snapshot_folder.h"

namespace voisin::service {

// The snapshots of an engine: made of collections, restored as collections, packed and unpacked. The work is
// done by the one thread of the snapshot pool, request after request; listings do not wait for it.
class Snapshots {
 public:
  Snapshots(std::filesystem::path directory, const Runtime& runtime, Collections& collections);

  // What a stop in the middle has left.
  absl::Status RemoveUnfinished() const { return folder_.RemoveUnfinished(); }

  // `collection` is in use until `done` is gone.
  void Create(Collection& collection, std::string id, Callback<SnapshotInfo> done);
  void List(Callback<std::vector<SnapshotInfo>> done);
  void Delete(std::string id, Callback<bool> done);
  void Restore(std::string id, std::string collection, Callback<CollectionInfo> done);
  // The reader or writer must go before the engine does.
  void Export(std::string id, Callback<std::shared_ptr<SnapshotReader>> done);
  void Import(std::string id, Callback<std::shared_ptr<SnapshotWriter>> done);

 private:
  absl::StatusOr<SnapshotInfo> Make(Collection& collection, const std::string& wanted_id);
  absl::StatusOr<CollectionInfo> MakeCollection(const std::string& id, const std::string& collection);
  absl::StatusOr<storage::CollectionRecord> TakeOver(const std::string& id, const std::string& collection,
                                                     const storage::SnapshotManifest& manifest);
  absl::StatusOr<std::shared_ptr<SnapshotReader>> Pack(const std::string& id);

  const Runtime& runtime_;
  Collections& collections_;
  SnapshotFolder folder_;
};

}  // namespace voisin::service
