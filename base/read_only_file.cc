#include "base/read_only_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file_status.h"

namespace voisin {

absl::StatusOr<ReadOnlyFile> ReadOnlyFile::Open(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileStatus(errno, "open " + path.string());
  return ReadOnlyFile(path.string(), descriptor);
}

ReadOnlyFile::ReadOnlyFile(std::string name, int descriptor)
    : name_(std::move(name)), descriptor_(descriptor) {}

ReadOnlyFile::ReadOnlyFile(ReadOnlyFile&& other) noexcept
    : name_(std::move(other.name_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

ReadOnlyFile& ReadOnlyFile::operator=(ReadOnlyFile&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

ReadOnlyFile::~ReadOnlyFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status ReadOnlyFile::Read(uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t taken = pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return FileStatus(errno, absl::StrCat("read ", name_, " at ", offset));
    if (taken == 0) {
      return absl::DataLossError(
          absl::StrCat(name_, ": expected ", bytes.size(), " more bytes at ", offset, ", found its end"));
    }
    offset += static_cast<uint64_t>(taken);
    bytes = bytes.subspan(static_cast<size_t>(taken));
  }
  return absl::OkStatus();
}

}  // namespace voisin
