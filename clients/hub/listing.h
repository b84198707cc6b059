#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/hub/digest.h"

// What a hub says a model consists of.
namespace voisin::hub {

struct HubFile {
  std::string path;  // relative, between slashes
  uint64_t size = 0;
  Digest digest;
};

// Of the JSON that GET /api/models/ID/tree/REVISION?recursive=true answers: an array of
// {"type", "path", "size", "oid", "lfs": {"oid", "size"}}; folders are left out. InvalidArgument, with `name` for the
// text: what is missing or wrong, a path that is absolute or leads upwards, a digest that is none.
absl::StatusOr<std::vector<HubFile>> ParseListing(std::string_view json, const std::string& name);

// Those that an encoder reads, by path: configuration, weights in safetensors (whole, or the shards), tokenizer, modules.
// FailedPrecondition names what `repository` lacks: a configuration, weights (other formats than safetensors are not
// read), a tokenizer.
absl::StatusOr<std::vector<HubFile>> FilesOfEncoder(std::vector<HubFile> files,
                                                    const std::string& repository);

}  // namespace voisin::hub
