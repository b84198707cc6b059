#include "service/model_directory.h"

#include <algorithm>

#include "base/status_macros.h"
#include "encoder/weights.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

// What stands in a directory; nothing when it cannot be read.
std::vector<fs::directory_entry> EntriesOf(const fs::path& directory) {
  std::vector<fs::directory_entry> entries;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(*at);
  }
  return entries;
}

uint64_t FloatBytes(const encoder::Weights& weights) {
  uint64_t values = 0;
  for (const auto& [name, tensor] : weights.tensors()) {
    uint64_t size = 1;
    for (int64_t extent : tensor.shape) size *= static_cast<uint64_t>(extent);
    values += size;
  }
  return values * sizeof(float);
}

void Count(const fs::directory_entry& entry, DirectoryStamp& stamp) {
  std::error_code error;
  if (!entry.is_regular_file(error)) return;
  const uintmax_t size = entry.file_size(error);
  if (!error) stamp.bytes += size;
  const fs::file_time_type written = entry.last_write_time(error);
  if (!error) stamp.newest = std::max(stamp.newest, written);
  ++stamp.files;
}

}  // namespace

std::vector<std::string> ModelNames(const fs::path& models_dir) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : EntriesOf(models_dir)) {
    std::string name = entry.path().filename().string();
    if (CheckModelName("model", name).ok() && entry.is_directory(error)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<uint64_t> ModelMemory(const fs::path& model_dir) {
  std::error_code error;
  ASSIGN_OR_RETURN(const encoder::Weights weights, encoder::Weights::LoadModel(model_dir));
  uint64_t bytes = FloatBytes(weights);
  const uintmax_t tokenizer = fs::file_size(model_dir / "tokenizer.json", error);
  if (!error) bytes += tokenizer;
  for (const fs::directory_entry& entry : EntriesOf(model_dir)) {
    if (!fs::exists(entry.path() / "model.safetensors", error)) continue;
    ASSIGN_OR_RETURN(const encoder::Weights head, encoder::Weights::LoadModel(entry.path()));
    bytes += FloatBytes(head);
  }
  return bytes;
}

DirectoryStamp StampOf(const fs::path& directory) {
  DirectoryStamp stamp;
  for (const fs::directory_entry& entry : EntriesOf(directory)) {
    Count(entry, stamp);
    for (const fs::directory_entry& below : EntriesOf(entry.path())) Count(below, stamp);
  }
  return stamp;
}

}  // namespace voisin::service
