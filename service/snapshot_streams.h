#pragma once

#include "base/thread_pool.h"
#include "service/engine.h"
#include "service/snapshot_folder.h"
#include "storage/snapshot_archive.h"

namespace voisin::service {

// Reads an archive of what lies in `scratch`, on `io_pool`; removes the folder in the end.
std::shared_ptr<SnapshotReader> MakeSnapshotReader(std::filesystem::path scratch,
                                                   storage::SnapshotManifest manifest, ThreadPool& io_pool);

// Unpacks an archive in `scratch`, on `io_pool`; publishes it as `id` (empty: of collection and time) on
// `snapshot_pool`. Removes the folder in the end, if it is still there.
std::shared_ptr<SnapshotWriter> MakeSnapshotWriter(std::filesystem::path scratch, std::string id,
                                                   SnapshotFolder& folder, ThreadPool& io_pool,
                                                   ThreadPool& snapshot_pool);

}  // namespace voisin::service
