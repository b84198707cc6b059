#pragma once

#include <filesystem>
#include <utility>

#include "absl/status/statusor.h"
#include "rocksdb/env.h"

namespace voisin::storage {

// Whether RocksDB refused to open because the directory is open elsewhere.
bool IsLocked(const rocksdb::Status& status);

// FailedPrecondition that names the directory and, when it is another one, the process.
absl::Status DescribeLock(const std::filesystem::path& directory, const rocksdb::Status& status);

// Keeps every other user of a database's directory out for as long as it lives. Writes nothing.
class StoreLock {
 public:
  // FailedPrecondition as DescribeLock says. A directory without a lock file is nobody's, and needs none.
  static absl::StatusOr<StoreLock> Take(const std::filesystem::path& directory);
  StoreLock(StoreLock&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

 private:
  explicit StoreLock(rocksdb::FileLock* lock) : lock_(lock) {}

  rocksdb::FileLock* lock_;
};

}  // namespace voisin::storage
