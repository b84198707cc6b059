#include "tests/support/disk/disk_recorder.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "tests/support/disk/real_calls.h"

namespace voisin::test {
namespace {

namespace fs = std::filesystem;

std::atomic<DiskRecorder*> active = nullptr;

std::string NameOf(const std::string& path) { return fs::path(path).filename().string(); }

uint64_t EndOf(int fd) {
  struct stat info = {};
  return fstat(fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

std::string ThreadName() {
  char name[16] = {};
  return pthread_getname_np(pthread_self(), name, sizeof(name)) == 0 ? name : "";
}

}  // namespace

DiskRecorder::DiskRecorder(fs::path root)
    : root_(std::move(root)), start_(DiskState::Load(root_)), now_(start_) {
  active = this;
}

DiskRecorder::~DiskRecorder() { active = nullptr; }

DiskRecorder* DiskRecorder::Active() { return active; }

size_t DiskRecorder::position() const {
  MutexLock lock(mutex_);
  return ops_.size();
}

std::vector<DiskOp> DiskRecorder::ops() const {
  MutexLock lock(mutex_);
  return ops_;
}

void DiskRecorder::Fail(DiskFault fault) {
  MutexLock lock(mutex_);
  fault_ = std::move(fault);
  failures_ = 0;
}

void DiskRecorder::Heal() {
  MutexLock lock(mutex_);
  fault_.reset();
}

size_t DiskRecorder::failures() const {
  MutexLock lock(mutex_);
  return failures_;
}

std::optional<std::string> DiskRecorder::PlaceOf(int at, const char* path) const {
  fs::path whole = path;
  if (whole.is_relative() && at != AT_FDCWD) {
    std::error_code error;
    whole = fs::read_symlink("/proc/self/fd/" + std::to_string(at), error) / whole;
  }
  std::string place = whole.lexically_normal().string();
  if (place.ends_with('/')) place.pop_back();
  const std::string& root = root_.native();
  if (place == root) return std::string();
  if (!place.starts_with(root) || place[root.size()] != '/') return std::nullopt;
  return place.substr(root.size() + 1);
}

bool DiskRecorder::Fails(DiskFault::Call call, const std::string& path) {
  if (!fault_ || !fault_->calls.contains(call) || path.find(fault_->path_part) == std::string::npos)
    return false;
  if (ThreadName() == fault_->spared_thread) return false;
  if (fault_->skip > 0) {
    --fault_->skip;
    return false;
  }
  if (fault_->times == 0) return false;
  --fault_->times;
  ++failures_;
  errno = fault_->error;
  return true;
}

const DiskRecorder::OpenFile* DiskRecorder::FileOf(int fd) const {
  const auto found = open_.find(fd);
  return found == open_.end() ? nullptr : &found->second;
}

void DiskRecorder::Record(DiskOp op) {
  now_.Apply(op);
  ops_.push_back(std::move(op));
}

void DiskRecorder::RecordEntry(const std::string& path, FileId child, bool folder) {
  const FileId parent = now_.Find(fs::path(path).parent_path());
  if (parent == 0) return;
  Record({.kind = DiskOp::Kind::entry, .id = parent, .name = NameOf(path), .child = child, .folder = folder});
}

int DiskRecorder::Elsewhere(int fd) {
  MutexLock lock(mutex_);
  open_.erase(fd);
  return fd;
}

int DiskRecorder::Open(int at, const char* path, int flags, mode_t mode) {
  const std::optional<std::string> place = PlaceOf(at, path);
  if (!place) return Elsewhere(Real().openat(at, path, flags, mode));
  MutexLock lock(mutex_);
  const FileId existing = now_.Find(*place);
  const bool makes = existing == 0 && (flags & O_CREAT) != 0;
  if (makes && Fails(DiskFault::Call::make, *place)) return -1;
  const bool reads = (flags & (O_ACCMODE | O_DIRECTORY)) == O_RDONLY;
  if (existing != 0 && reads && Fails(DiskFault::Call::read, *place)) return -1;
  const int fd = Real().openat(at, path, flags, mode);
  if (fd < 0 || (existing == 0 && !makes)) return fd;
  if (makes) RecordEntry(*place, now_.NewId(), false);
  const FileId id = now_.Find(*place);
  if (!makes && (flags & O_TRUNC) != 0) Record({.kind = DiskOp::Kind::truncate, .id = id});
  open_[fd] = {id, *place, (flags & O_APPEND) != 0};
  return fd;
}

int DiskRecorder::Close(int fd) {
  MutexLock lock(mutex_);
  open_.erase(fd);
  return Real().close(fd);
}

ssize_t DiskRecorder::Write(int fd, const void* bytes, size_t count, std::optional<off_t> offset) {
  MutexLock lock(mutex_);
  const auto make = [&] {
    return offset ? Real().pwrite(fd, bytes, count, *offset) : Real().write(fd, bytes, count);
  };
  const OpenFile* file = FileOf(fd);
  if (file == nullptr) return make();
  if (Fails(DiskFault::Call::write, file->path)) return -1;
  uint64_t at = offset ? static_cast<uint64_t>(*offset) : EndOf(fd);
  if (!offset && !file->append) at = static_cast<uint64_t>(lseek(fd, 0, SEEK_CUR));
  const ssize_t written = make();
  if (written > 0) {
    Record({.kind = DiskOp::Kind::write,
            .id = file->id,
            .offset = at,
            .bytes = {static_cast<const char*>(bytes), static_cast<size_t>(written)}});
  }
  return written;
}

ssize_t DiskRecorder::Read(int fd, void* bytes, size_t count, off_t offset) {
  MutexLock lock(mutex_);
  const OpenFile* file = FileOf(fd);
  if (file != nullptr && Fails(DiskFault::Call::read, file->path)) return -1;
  return Real().pread(fd, bytes, count, offset);
}

size_t DiskRecorder::ReadStream(void* bytes, size_t size, size_t count, std::FILE* stream) {
  MutexLock lock(mutex_);
  const OpenFile* file = FileOf(fileno(stream));
  if (file != nullptr && Fails(DiskFault::Call::read, file->path)) return 0;
  return Real().fread_unlocked(bytes, size, count, stream);
}

void* DiskRecorder::Map(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  MutexLock lock(mutex_);
  void* const mapped = Real().mmap(at, size, protection, flags, fd, offset);
  mapped_.erase(mapped);
  if (const OpenFile* file = FileOf(fd); file != nullptr) mapped_[mapped] = file->path;
  return mapped;
}

// As the kernel says it of a page that cannot be read.
int DiskRecorder::Advise(void* at, size_t size, int advice) {
  MutexLock lock(mutex_);
  const auto file = mapped_.find(at);
  if (advice != MADV_POPULATE_READ || file == mapped_.end() || !Fails(DiskFault::Call::read, file->second)) {
    return Real().madvise(at, size, advice);
  }
  errno = EFAULT;
  return -1;
}

// The real sync is left out: no power is lost, and the record says when it would have been.
int DiskRecorder::Sync(int fd, bool only_data) {
  MutexLock lock(mutex_);
  const OpenFile* file = FileOf(fd);
  if (file == nullptr) return only_data ? Real().fdatasync(fd) : Real().fsync(fd);
  if (Fails(DiskFault::Call::sync, file->path)) return -1;
  Record({.kind = DiskOp::Kind::sync, .id = file->id});
  return 0;
}

int DiskRecorder::Truncate(int fd, off_t size) {
  MutexLock lock(mutex_);
  const OpenFile* file = FileOf(fd);
  if (file != nullptr && Fails(DiskFault::Call::write, file->path)) return -1;
  const int result = Real().ftruncate(fd, size);
  if (file != nullptr && result == 0) {
    Record({.kind = DiskOp::Kind::truncate, .id = file->id, .offset = static_cast<uint64_t>(size)});
  }
  return result;
}

int DiskRecorder::MakeFolder(const char* path, mode_t mode) {
  const std::optional<std::string> place = PlaceOf(AT_FDCWD, path);
  if (!place) return Real().mkdir(path, mode);
  MutexLock lock(mutex_);
  if (Fails(DiskFault::Call::make, *place)) return -1;
  const int result = Real().mkdir(path, mode);
  if (result == 0) RecordEntry(*place, now_.NewId(), true);
  return result;
}

int DiskRecorder::Rename(const char* from, const char* to) {
  const std::optional<std::string> old_place = PlaceOf(AT_FDCWD, from), new_place = PlaceOf(AT_FDCWD, to);
  if (!old_place || !new_place) return Real().rename(from, to);
  MutexLock lock(mutex_);
  if (Fails(DiskFault::Call::make, *new_place)) return -1;
  const int result = Real().rename(from, to);
  const FileId child = now_.Find(*old_place);
  if (result != 0 || child == 0) return result;
  Record({.kind = DiskOp::Kind::rename,
          .id = now_.Find(fs::path(*new_place).parent_path()),
          .name = NameOf(*new_place),
          .child = child,
          .from = now_.Find(fs::path(*old_place).parent_path()),
          .from_name = NameOf(*old_place)});
  return result;
}

int DiskRecorder::Link(const char* from, const char* to) {
  const std::optional<std::string> old_place = PlaceOf(AT_FDCWD, from), new_place = PlaceOf(AT_FDCWD, to);
  if (!old_place || !new_place) return Real().link(from, to);
  MutexLock lock(mutex_);
  if (Fails(DiskFault::Call::make, *new_place)) return -1;
  const int result = Real().link(from, to);
  if (result == 0) RecordEntry(*new_place, now_.Find(*old_place), false);
  return result;
}

int DiskRecorder::Unlink(int at, const char* path, int flags) {
  const std::optional<std::string> place = PlaceOf(at, path);
  if (!place) return Real().unlinkat(at, path, flags);
  MutexLock lock(mutex_);
  if (Fails(DiskFault::Call::make, *place)) return -1;
  const int result = Real().unlinkat(at, path, flags);
  if (result == 0 && now_.Find(*place) != 0) RecordEntry(*place, 0, false);
  return result;
}

}  // namespace voisin::test
