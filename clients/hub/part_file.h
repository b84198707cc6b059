#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/hub/digest.h"

namespace voisin::hub {

// A file on its way: TARGET.part holds the bytes so far, and TARGET.part.from says of what: the digest of the whole and
// the ETag of the answer that they came with. A process that comes later goes on where this one stopped.
class PartFile {
 public:
  // Takes up what an earlier attempt at the same content left, else begins empty. Makes the folder.
  static absl::StatusOr<PartFile> Open(const std::filesystem::path& target, const Digest& digest);
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();

  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }
  // Empty: what is here cannot be continued.
  const std::string& etag() const { return etag_; }

  // Empties the file for an answer with this ETag.
  absl::Status Restart(const std::string& etag);
  absl::Status Append(std::string_view bytes);
  // Syncs, and renames to the target.
  absl::Status Finish();

 private:
  PartFile(std::filesystem::path target, std::string digest);
  absl::Status Take();

  std::filesystem::path target_;
  std::filesystem::path path_;
  std::filesystem::path memo_;
  std::string digest_;
  std::string etag_;
  uint64_t size_ = 0;
  int fd_ = -1;
};

// The names of both files for a target.
std::filesystem::path PartPath(const std::filesystem::path& target);
std::filesystem::path PartMemoPath(const std::filesystem::path& target);

}  // namespace voisin::hub
