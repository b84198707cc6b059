#include "clients/hub/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"

namespace voisin::hub {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(std::string_view action, const fs::path& path) {
  const int error = errno;
  return absl::ErrnoToStatus(error, std::string(action) + " " + path.string());
}

absl::Status SyncDirectory(const fs::path& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  absl::Status status = fd >= 0 && fsync(fd) == 0 ? absl::OkStatus() : Failed("sync", directory);
  if (fd >= 0) close(fd);
  return status;
}

// The names in the directory and in those below it; the files' contents were synced as they came.
absl::Status SyncTree(const fs::path& directory) {
  std::vector<fs::path> folders = {directory};
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->is_directory(error)) folders.push_back(at->path());
  }
  for (const fs::path& folder : folders) RETURN_IF_ERROR(SyncDirectory(folder));
  return absl::OkStatus();
}

absl::Status Exchange(const fs::path& one, const fs::path& other) {
  if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0)
    return absl::OkStatus();
  return Failed("exchange " + one.string() + " with", other);
}

}  // namespace

Staging::Staging(fs::path directory, int fd) : directory_(std::move(directory)), fd_(fd) {}

Staging::Staging(Staging&& other) noexcept
    : directory_(std::move(other.directory_)), fd_(std::exchange(other.fd_, -1)) {}

Staging::~Staging() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<Staging> Staging::Open(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), "make directory " + directory.string());
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return Failed("open", directory);
  Staging staging(directory, fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return staging;
  return absl::AbortedError("another process is filling " + directory.string());
}

absl::Status Staging::Install(const fs::path& place) const {
  RETURN_IF_ERROR(SyncTree(directory_));
  std::error_code error;
  const bool replaces = fs::exists(place, error);
  if (replaces) {
    RETURN_IF_ERROR(Exchange(directory_, place));
  } else if (rename(directory_.c_str(), place.c_str()) != 0) {
    return Failed("rename", directory_);
  }
  RETURN_IF_ERROR(SyncDirectory(place.parent_path()));
  if (replaces) fs::remove_all(directory_, error);
  return absl::OkStatus();
}

}  // namespace voisin::hub
