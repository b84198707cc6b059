#include "storage/rocks_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

// The process that holds the lock; 0 when that cannot be told. Closing a file drops this process's own locks
// on it, so this is only for a lock that another process holds.
pid_t LockHolder(const std::filesystem::path& lock_file) {
  const int file = open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return 0;
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool answered = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(file);
  return answered ? lock.l_pid : 0;
}

bool HeldByThisProcess(const rocksdb::Status& status) {
  return status.ToString().find("current process") != std::string::npos;
}

}  // namespace

bool IsLocked(const rocksdb::Status& status) {
  if (!status.IsIOError()) return false;
  const std::string text = status.ToString();
  return text.find("lock ") != std::string::npos && text.find("/LOCK: ") != std::string::npos;
}

absl::Status DescribeLock(const std::filesystem::path& directory, const rocksdb::Status& status) {
  std::string holder = "this process already";
  if (!HeldByThisProcess(status)) {
    const pid_t pid = LockHolder(directory / "LOCK");
    holder = pid > 0 ? absl::StrCat("process ", pid) : "another process";
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the data directory ", directory.string(), " is open in ", holder));
}

absl::StatusOr<StoreLock> StoreLock::Take(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "LOCK";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return StoreLock(nullptr);
  rocksdb::FileLock* lock = nullptr;
  const auto status = rocksdb::Env::Default()->LockFile(file.string(), &lock);
  if (IsLocked(status)) return DescribeLock(directory, status);
  if (!status.ok()) return FromRocks(status, "locking " + file.string());
  return StoreLock(lock);
}

StoreLock::~StoreLock() {
  if (lock_ != nullptr) (void)rocksdb::Env::Default()->UnlockFile(lock_);
}

}  // namespace voisin::storage
