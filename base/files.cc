#include "base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file_status.h"
#include "base/status_macros.h"

namespace voisin {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(std::string_view action, const fs::path& path) {
  const int error = errno;
  return FileStatus(error, std::string(action) + " " + path.string());
}

// Owns a descriptor for the length of a scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

absl::Status WriteAll(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status WriteAndSync(const fs::path& path, std::span<const std::string_view> parts) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.ok()) return Failed("create", path);
  for (std::string_view part : parts) RETURN_IF_ERROR(WriteAll(file.get(), part, path));
  if (fsync(file.get()) != 0) return Failed("sync", path);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const fs::path& directory) {
  Descriptor folder(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || fsync(folder.get()) != 0) return Failed("sync", directory);
  return absl::OkStatus();
}

fs::path ParentOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Reads the pages in, so that one which the disk does not give is an error here rather than a signal later. Kernels
// before 5.14 do not know how.
absl::Status Populate(void* data, size_t size, const fs::path& path) {
  if (madvise(data, size, MADV_POPULATE_READ) == 0 || errno != EFAULT) return absl::OkStatus();
  errno = EIO;
  return Failed("read", path);
}

absl::Status MakeMissing(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return absl::OkStatus();
  RETURN_IF_ERROR(MakeFolders(ParentOf(folder)));
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return Failed("make directory", folder);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MappedFile> MappedFile::Open(const fs::path& path) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return Failed("open", path);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return Failed("stat", path);
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(path.string() + " is not a regular file");
  MappedFile mapped;
  if (info.st_size == 0) return mapped;
  const size_t size = static_cast<size_t>(info.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) return Failed("map", path);
  mapped.data_ = static_cast<const std::byte*>(data);
  mapped.size_ = size;
  RETURN_IF_ERROR(Populate(data, size, path));
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::Forget(std::string_view part) const {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));  // which the mapping begins with
  const size_t at = static_cast<size_t>(part.data() - text().data());
  const size_t begin = (at + page - 1) / page * page, end = (at + part.size()) / page * page;
  if (begin < end) (void)madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

absl::Status MakeFolders(const fs::path& folder) {
  const fs::path name = folder.has_filename() ? folder : folder.parent_path();  // "a/b/" is "a/b"
  RETURN_IF_ERROR(MakeMissing(name));
  // Also when it was there: whoever made it may have been killed before its name was synced.
  return name == name.root_path() ? absl::OkStatus() : SyncDirectory(ParentOf(name));
}

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  return std::string(file.text());
}

absl::Status WriteFileAtomically(const fs::path& path, std::span<const std::string_view> parts) {
  fs::path temporary = path;
  temporary += ".tmp";
  RETURN_IF_ERROR(WriteAndSync(temporary, parts));
  if (rename(temporary.c_str(), path.c_str()) != 0) return Failed("rename", temporary);
  return SyncDirectory(ParentOf(path));
}

absl::Status WriteFileAtomically(const fs::path& path, std::string_view content) {
  return WriteFileAtomically(path, std::span<const std::string_view>(&content, 1));
}

uint64_t Checksum(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint64_t Checksum(std::span<const std::string_view> parts) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  XXH3_64bits_reset(state.get());
  for (const std::string_view part : parts) XXH3_64bits_update(state.get(), part.data(), part.size());
  return XXH3_64bits_digest(state.get());
}

std::string Fingerprint(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return absl::StrCat(absl::Hex(hash.high64, absl::kZeroPad16), absl::Hex(hash.low64, absl::kZeroPad16));
}

}  // namespace voisin
