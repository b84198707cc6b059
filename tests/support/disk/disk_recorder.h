#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <set>

#include "base/mutex.h"
#include "tests/support/disk/disk_state.h"

namespace voisin::test {

// Calls that fail instead of being made.
struct DiskFault {
  // make: making, renaming, linking and removing files. write: also cutting them. read: also opening them and
  // reading in their mapped pages.
  enum class Call { make, write, sync, read };
  std::set<Call> calls;
  std::string path_part;  // only files with this in their path below the root
  int error = 0;          // errno
  int skip = 0;           // calls that still succeed
  int times = 1'000'000'000;
  std::string spared_thread = {};  // whose calls succeed
};

// Records, in their order, what this process does to the files below `root`, and makes calls fail: a program that
// links interposers.cc comes here with its file calls, those of its libraries too (RocksDB, the standard library);
// only what the C library does itself passes by (stdio but reads: RocksDB's LOG). One recorder at a time. Thread-safe.
class DiskRecorder {
 public:
  // Everything that lies below `root` is taken as synced. No file below it is open.
  explicit DiskRecorder(std::filesystem::path root);
  ~DiskRecorder();
  DiskRecorder(const DiskRecorder&) = delete;
  DiskRecorder& operator=(const DiskRecorder&) = delete;
  static DiskRecorder* Active();

  size_t position() const;  // operations so far
  const DiskState& start() const { return start_; }
  std::vector<DiskOp> ops() const;

  void Fail(DiskFault fault);
  void Heal();
  size_t failures() const;  // calls that have failed since Fail

  // --- what the interposers call: as the system call, errno included ---
  int Open(int at, const char* path, int flags, mode_t mode);
  int Close(int fd);
  ssize_t Write(int fd, const void* bytes, size_t count, std::optional<off_t> offset);
  ssize_t Read(int fd, void* bytes, size_t count, off_t offset);
  size_t ReadStream(void* bytes, size_t size, size_t count, std::FILE* stream);
  void* Map(void* at, size_t size, int protection, int flags, int fd, off_t offset);
  int Advise(void* at, size_t size, int advice);
  int Sync(int fd, bool only_data);
  int Truncate(int fd, off_t size);
  int MakeFolder(const char* path, mode_t mode);
  int Rename(const char* from, const char* to);
  int Link(const char* from, const char* to);
  int Unlink(int at, const char* path, int flags);

 private:
  struct OpenFile {
    FileId id = 0;
    std::string path;
    bool append = false;
  };

  std::optional<std::string> PlaceOf(int at, const char* path) const;  // below the root; nothing: elsewhere
  // `fd` is of what lies elsewhere: a stream that was closed may have had it.
  int Elsewhere(int fd);
  bool Fails(DiskFault::Call call, const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const OpenFile* FileOf(int fd) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Record(DiskOp op) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RecordEntry(const std::string& path, FileId child, bool folder) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::filesystem::path root_;
  const DiskState start_;
  mutable Mutex mutex_;  // held over the real call: the record has the order in which calls were made
  DiskState now_ ABSL_GUARDED_BY(mutex_);
  std::vector<DiskOp> ops_ ABSL_GUARDED_BY(mutex_);
  std::map<int, OpenFile> open_ ABSL_GUARDED_BY(mutex_);
  std::map<const void*, std::string> mapped_
      ABSL_GUARDED_BY(mutex_);  // paths, by where they were mapped last
  std::optional<DiskFault> fault_ ABSL_GUARDED_BY(mutex_);
  size_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace voisin::test
