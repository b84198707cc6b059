#pragma once

#include <filesystem>
#include <vector>

#include "storage/store_check.h"

namespace voisin::service {

// Reads everything in a data directory that no server has open, and changes nothing: the database as CheckStore
// says, each index against it, each snapshot against its manifest. FailedPrecondition when a server has it
// open or a newer program wrote it, NotFound when it is no data directory.
absl::StatusOr<std::vector<storage::CheckedPart>> CheckDataDirectory(const std::filesystem::path& data_dir);

}  // namespace voisin::service
