#include "base/file_writer.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file_status.h"
#include "base/status_macros.h"

namespace voisin {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(const std::string& action, const fs::path& path) {
  const int error = errno;
  return FileStatus(error, action + " " + path.string());
}

absl::Status SyncOne(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("open", path);
  absl::Status synced = fsync(fd) == 0 ? absl::OkStatus() : Failed("sync", path);
  close(fd);
  return synced;
}

}  // namespace

struct RunningChecksum::State {
  XXH3_state_t* const hash = XXH3_createState();
  State() { XXH3_64bits_reset(hash); }
  ~State() { XXH3_freeState(hash); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

RunningChecksum::RunningChecksum() : state_(std::make_unique<State>()) {}
RunningChecksum::~RunningChecksum() = default;
RunningChecksum::RunningChecksum(RunningChecksum&& other) noexcept = default;
RunningChecksum& RunningChecksum::operator=(RunningChecksum&& other) noexcept = default;

void RunningChecksum::Add(std::string_view bytes) {
  XXH3_64bits_update(state_->hash, bytes.data(), bytes.size());
}
uint64_t RunningChecksum::value() const { return XXH3_64bits_digest(state_->hash); }

absl::StatusOr<FileWriter> FileWriter::Create(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return FileStatus(error.value(), "make directory " + path.parent_path().string());
  FileWriter writer;
  writer.path_ = path;
  writer.fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (writer.fd_ < 0) return Failed("create", path);
  return writer;
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

FileWriter& FileWriter::operator=(FileWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) close(fd_);
}

absl::Status FileWriter::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status FileWriter::Finish() {
  if (fsync(fd_) != 0) return Failed("sync", path_);
  if (close(std::exchange(fd_, -1)) != 0) return Failed("close", path_);
  return absl::OkStatus();
}

absl::Status SyncFolder(const fs::path& folder) { return SyncOne(folder); }

absl::Status SyncTree(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    RETURN_IF_ERROR(SyncOne(at->path()));
  }
  if (error) return FileStatus(error.value(), "list " + folder.string());
  return SyncOne(folder);
}

}  // namespace voisin
