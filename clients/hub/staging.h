#pragma once

#include <filesystem>

#include "absl/status/statusor.h"

namespace voisin::hub {

// A directory that is being filled, held by one process, and then put in its place.
class Staging {
 public:
  // Made when missing; what it holds stays. Aborted when another process holds it.
  static absl::StatusOr<Staging> Open(const std::filesystem::path& directory);
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  ~Staging();

  const std::filesystem::path& directory() const { return directory_; }
  // Syncs, and becomes `place`, beside it: by one rename, or by an exchange with the directory that was there, which is
  // then removed. After a crash `place` is the old one or the new one, whole.
  absl::Status Install(const std::filesystem::path& place) const;

 private:
  Staging(std::filesystem::path directory, int fd);

  std::filesystem::path directory_;
  int fd_ = -1;  // of the directory, locked
};

}  // namespace voisin::hub
