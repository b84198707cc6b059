#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace voisin {

// A whole file mapped read-only. Movable; the bytes live as long as the object. Safe to read from many threads.
class MappedFile {
 public:
  // NotFound when there is no such file; an empty file maps to no bytes.
  static absl::StatusOr<MappedFile> Open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  // Gives back the memory of a part of them; reading it again fetches it again.
  void Forget(std::string_view part) const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// Makes the folder and those above it where they are missing; their names survive a power loss.
absl::Status MakeFolders(const std::filesystem::path& folder);

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path);

// Replaces `path` with the concatenation of `parts`: written to a temporary neighbour, synced, renamed, folder synced.
// After a crash the file is the old one or the new one, whole.
absl::Status WriteFileAtomically(const std::filesystem::path& path, std::span<const std::string_view> parts);
absl::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

// XXH3, 64 bit (xxhash specification, seed 0).
uint64_t Checksum(std::string_view bytes);
uint64_t Checksum(std::span<const std::string_view> parts);  // of all, one after the other

// XXH3, 128 bit (seed 0), as 32 lower-case hexadecimal digits.
std::string Fingerprint(std::string_view bytes);

}  // namespace voisin
