#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "clients/hub/listing.h"

// Whatever a hub lists, what would be fetched stays inside the model's directory.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto listed = voisin::hub::ParseListing({reinterpret_cast<const char*>(data), size}, "listing");
  if (!listed.ok()) return 0;
  const auto files = voisin::hub::FilesOfEncoder(*std::move(listed), "owner/name");
  if (!files.ok()) return 0;
  for (const voisin::hub::HubFile& file : *files) {
    const std::filesystem::path path(file.path);
    if (path.is_absolute() || path.lexically_normal() != path || *path.begin() == "..") std::abort();
  }
  return 0;
}
