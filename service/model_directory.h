#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

// What directories of models say without a model being loaded.
namespace voisin::service {

// Names of the sub-directories that could be models, ascending. None when there is no such directory.
std::vector<std::string> ModelNames(const std::filesystem::path& models_dir);

// Bytes of memory that a model takes once it is loaded, an estimate: four for each of its weights, since they become
// fp32 whatever is stored, and the size of its tokenizer's file. Reads headers only; the errors of encoder::Weights.
absl::StatusOr<uint64_t> ModelMemory(const std::filesystem::path& model_dir);

// Of the files in a directory and one level below: another one when a file was written, added or removed.
struct DirectoryStamp {
  uint64_t files = 0;
  uint64_t bytes = 0;
  std::filesystem::file_time_type newest = std::filesystem::file_time_type::min();

  bool operator==(const DirectoryStamp&) const = default;
};
DirectoryStamp StampOf(const std::filesystem::path& directory);

}  // namespace voisin::service
