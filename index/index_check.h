#pragma once

#include <filesystem>
#include <optional>

#include "absl/status/statusor.h"
#include "index/types.h"

namespace voisin::index {

struct IndexCheck {
  uint64_t files = 0;
  uint64_t points = 0;       // that live
  uint64_t applied_lsn = 0;  // every change up to it is in the files
};

// Reads all files of the vector index in `directory` and changes none. Nothing when there is no index; DataLoss names
// the first file that is damaged, missing, or of another index.
absl::StatusOr<std::optional<IndexCheck>> CheckIndexFiles(const std::filesystem::path& directory,
                                                          uint32_t dimensions, Metric metric);
// The same for a lexical index.
absl::StatusOr<std::optional<IndexCheck>> CheckLexicalFiles(const std::filesystem::path& directory);

}  // namespace voisin::index
