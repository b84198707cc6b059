#pragma once

#include <cerrno>
#include <string>

#include "absl/status/status.h"

namespace voisin {

// A failed file call. As absl::ErrnoToStatus, and Unavailable for what the disk itself refuses (EIO), as storage says
// it of the database's files: the same request may work later.
inline absl::Status FileStatus(int error, const std::string& doing) {
  const absl::Status status = absl::ErrnoToStatus(error, doing);
  return error == EIO ? absl::UnavailableError(status.message()) : status;
}

}  // namespace voisin
