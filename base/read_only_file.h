#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "absl/status/statusor.h"

namespace voisin {

// A file that is read piece by piece, without keeping it in this process's memory. It stays readable when its name is
// removed. Movable; safe to read from many threads.
class ReadOnlyFile {
 public:
  static absl::StatusOr<ReadOnlyFile> Open(const std::filesystem::path& path);
  ReadOnlyFile(ReadOnlyFile&& other) noexcept;
  ReadOnlyFile& operator=(ReadOnlyFile&& other) noexcept;
  ~ReadOnlyFile();

  // Fills `bytes` from `offset` on. DataLoss where the file ends before.
  absl::Status Read(uint64_t offset, std::span<std::byte> bytes) const;

 private:
  ReadOnlyFile(std::string name, int descriptor);

  std::string name_;
  int descriptor_ = -1;
};

}  // namespace voisin
