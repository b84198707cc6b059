#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace voisin {

// XXH3, 64 bit, of bytes that come in pieces: equal to Checksum of the whole.
class RunningChecksum {
 public:
  RunningChecksum();
  ~RunningChecksum();
  RunningChecksum(RunningChecksum&& other) noexcept;
  RunningChecksum& operator=(RunningChecksum&& other) noexcept;

  void Add(std::string_view bytes);
  uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A new file, written in pieces. Movable; unfinished, the file stays as far as it was written.
class FileWriter {
 public:
  // AlreadyExists where there is one; folders in between are made.
  static absl::StatusOr<FileWriter> Create(const std::filesystem::path& path);
  FileWriter() = default;
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&& other) noexcept;
  ~FileWriter();

  // ResourceExhausted when the disk is full.
  absl::Status Append(std::string_view bytes);
  // Synced and closed.
  absl::Status Finish();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

// Makes the names and the content below a folder, and the folder's own, survive a power loss.
absl::Status SyncTree(const std::filesystem::path& folder);
// The names in one folder.
absl::Status SyncFolder(const std::filesystem::path& folder);

}  // namespace voisin
