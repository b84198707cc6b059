#pragma once

#include <filesystem>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace voisin::storage {

// Whether RocksDB refused to open because the directory is open elsewhere.
bool IsLocked(const rocksdb::Status& status);

// FailedPrecondition that names the directory and, when it is another one, the process.
absl::Status DescribeLock(const std::filesystem::path& directory, const rocksdb::Status& status);

}  // namespace voisin::storage
