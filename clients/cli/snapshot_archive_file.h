#pragma once

#include <string>

#include "clients/cpp/client.h"

namespace voisin::cli {

// Writes the archive of a snapshot to `path`, which must not exist: first to PATH.part, synced, renamed when it
// is whole. Returns its bytes.
absl::StatusOr<uint64_t> ExportTo(const std::string& path, const std::string& snapshot,
                                  client::Client& client);

// Sends the archive in `path`.
absl::StatusOr<v1::Snapshot> ImportFrom(const std::string& path, const std::string& snapshot_id,
                                        client::Client& client);

}  // namespace voisin::cli
