#pragma once

#include <filesystem>
#include <optional>

#include "absl/status/statusor.h"

namespace voisin::index {

// A second name, in the folder `to` (made here), for each file of the newest whole state of the index in
// `from`: hard links, so at once and without room on the disk; no file of an index is ever changed in place.
// The index may be writing meanwhile. Returns the lsn up to which the files hold every change; nothing, and
// no folder, when there is no such state or its manifest is damaged.
absl::StatusOr<std::optional<uint64_t>> LinkIndexFiles(const std::filesystem::path& from,
                                                       const std::filesystem::path& to);

}  // namespace voisin::index
