#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace voisin::hub {

// What a hub says of a file's bytes, in lower-case hexadecimal digits.
struct Digest {
  enum class Kind {
    sha256,    // FIPS 180-4, 64 digits: of files in large file storage
    git_blob,  // SHA-1 of "blob SIZE\0" and the content, 40 digits: git's name of all others
  };
  Kind kind = Kind::sha256;
  std::string hex;

  bool operator==(const Digest&) const = default;
};

// "SHA-256 ab12..." or "git blob ab12..."
std::string ToString(const Digest& digest);

// Of a file as it stands on disk. NotFound, or what reading it says.
absl::StatusOr<Digest> DigestOfFile(const std::filesystem::path& path, Digest::Kind kind);

// Whether the file is there with this size and digest.
bool HasContent(const std::filesystem::path& path, uint64_t size, const Digest& digest);

}  // namespace voisin::hub
