// The file calls of this program and of the shared libraries it links come here before the C library: the linker
// takes a program's own definitions first. They go to the recorder that is at work, or straight on.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>

#include "tests/support/disk/disk_recorder.h"
#include "tests/support/disk/real_calls.h"

namespace voisin::test {
namespace {

template <typename Function>
void Find(const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

RealCalls FindAll() {
  RealCalls real = {};
  Find("openat", real.openat);
  Find("close", real.close);
  Find("write", real.write);
  Find("pwrite", real.pwrite);
  Find("pread", real.pread);
  Find("fread_unlocked", real.fread_unlocked);
  Find("mmap", real.mmap);
  Find("madvise", real.madvise);
  Find("fsync", real.fsync);
  Find("fdatasync", real.fdatasync);
  Find("ftruncate", real.ftruncate);
  Find("mkdir", real.mkdir);
  Find("rename", real.rename);
  Find("link", real.link);
  Find("unlinkat", real.unlinkat);
  return real;
}

int OpenAt(int at, const char* path, int flags, mode_t mode) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Open(at, path, flags, mode) : Real().openat(at, path, flags, mode);
}

int UnlinkAt(int at, const char* path, int flags) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Unlink(at, path, flags) : Real().unlinkat(at, path, flags);
}

}  // namespace

const RealCalls& Real() {
  static const RealCalls real = FindAll();
  return real;
}

}  // namespace voisin::test

using voisin::test::DiskRecorder;
using voisin::test::Real;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return voisin::test::OpenAt(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return voisin::test::OpenAt(at, path, flags, mode);
}

int close(int fd) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Close(fd) : Real().close(fd);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Write(fd, bytes, count, std::nullopt) : Real().write(fd, bytes, count);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Write(fd, bytes, count, offset) : Real().pwrite(fd, bytes, count, offset);
}

ssize_t pread(int fd, void* bytes, size_t count, off_t offset) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Read(fd, bytes, count, offset) : Real().pread(fd, bytes, count, offset);
}

#undef fread_unlocked
size_t fread_unlocked(void* bytes, size_t size, size_t count, FILE* stream) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->ReadStream(bytes, size, count, stream)
                         : Real().fread_unlocked(bytes, size, count, stream);
}

void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Map(at, size, protection, flags, fd, offset)
                         : Real().mmap(at, size, protection, flags, fd, offset);
}

int madvise(void* at, size_t size, int advice) noexcept {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Advise(at, size, advice) : Real().madvise(at, size, advice);
}

int fsync(int fd) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Sync(fd, false) : Real().fsync(fd);
}

int fdatasync(int fd) {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Sync(fd, true) : Real().fdatasync(fd);
}

int ftruncate(int fd, off_t size) noexcept {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Truncate(fd, size) : Real().ftruncate(fd, size);
}

int mkdir(const char* path, mode_t mode) noexcept {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->MakeFolder(path, mode) : Real().mkdir(path, mode);
}

int rename(const char* from, const char* to) noexcept {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Rename(from, to) : Real().rename(from, to);
}

int link(const char* from, const char* to) noexcept {
  DiskRecorder* const disk = DiskRecorder::Active();
  return disk != nullptr ? disk->Link(from, to) : Real().link(from, to);
}

int unlink(const char* path) noexcept { return voisin::test::UnlinkAt(AT_FDCWD, path, 0); }
int rmdir(const char* path) noexcept { return voisin::test::UnlinkAt(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int at, const char* path, int flags) noexcept { return voisin::test::UnlinkAt(at, path, flags); }

int remove(const char* path) noexcept {
  struct stat info = {};
  if (lstat(path, &info) != 0) return -1;
  return S_ISDIR(info.st_mode) ? rmdir(path) : unlink(path);
}

}  // extern "C"
