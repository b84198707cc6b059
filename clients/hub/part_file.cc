#include "clients/hub/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::hub {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(std::string_view action, const fs::path& path) {
  const int error = errno;
  return absl::ErrnoToStatus(error, std::string(action) + " " + path.string());
}

fs::path With(fs::path path, std::string_view suffix) {
  path += suffix;
  return path;
}

}  // namespace

fs::path PartPath(const fs::path& target) { return With(target, ".part"); }
fs::path PartMemoPath(const fs::path& target) { return With(target, ".part.from"); }

PartFile::PartFile(fs::path target, std::string digest)
    : target_(std::move(target)),
      path_(PartPath(target_)),
      memo_(PartMemoPath(target_)),
      digest_(std::move(digest)) {}

PartFile::PartFile(PartFile&& other) noexcept
    : target_(std::move(other.target_)),
      path_(std::move(other.path_)),
      memo_(std::move(other.memo_)),
      digest_(std::move(other.digest_)),
      etag_(std::move(other.etag_)),
      size_(other.size_),
      fd_(std::exchange(other.fd_, -1)) {}

PartFile::~PartFile() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<PartFile> PartFile::Open(const fs::path& target, const Digest& digest) {
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  PartFile part(target, ToString(digest));
  part.fd_ = open(part.path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (part.fd_ < 0) return Failed("create", part.path_);
  RETURN_IF_ERROR(part.Take());
  return part;
}

absl::Status PartFile::Take() {
  const off_t end = lseek(fd_, 0, SEEK_END);
  if (end < 0) return Failed("seek in", path_);
  if (end == 0) return absl::OkStatus();
  const std::string memo = ReadFile(memo_).value_or("");
  const std::string known = digest_ + "\n";
  if (!memo.starts_with(known)) return Restart("");
  etag_ = memo.substr(known.size());
  size_ = static_cast<uint64_t>(end);
  return absl::OkStatus();
}

absl::Status PartFile::Restart(const std::string& etag) {
  if (ftruncate(fd_, 0) != 0 || lseek(fd_, 0, SEEK_SET) < 0) return Failed("truncate", path_);
  size_ = 0;
  etag_ = etag;
  return WriteFileAtomically(memo_, digest_ + "\n" + etag);
}

absl::Status PartFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path_);
    bytes.remove_prefix(static_cast<size_t>(written));
    size_ += static_cast<uint64_t>(written);
  }
  return absl::OkStatus();
}

absl::Status PartFile::Finish() {
  if (fsync(fd_) != 0) return Failed("sync", path_);
  if (rename(path_.c_str(), target_.c_str()) != 0) return Failed("rename", path_);
  std::error_code ignored;
  fs::remove(memo_, ignored);
  return absl::OkStatus();
}

}  // namespace voisin::hub
