#pragma once

#include <filesystem>
#include <functional>

#include "clients/hub/hub.h"

namespace voisin::hub {

struct PullOptions {
  HubOptions hub;
  std::filesystem::path models_dir;  // made when missing
  // How many bytes of how many are there; may be empty.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

struct Pulled {
  std::filesystem::path directory;  // models_dir/NAME
  uint64_t bytes = 0;               // of all files
  bool was_there = false;           // whole and verified before: nothing was fetched
};

// Installs the files that an encoder needs, each verified against the hub's digest, as models_dir/NAME: the whole or
// nothing. What is on the way stands in models_dir/.pulling-NAME, where the next call goes on. A directory that an earlier
// call made of the same repository is replaced when the hub has other files by now; any other is left alone and
// AlreadyExists. Aborted: another process pulls the same name. Else the errors of Hub and FilesOfEncoder.
absl::StatusOr<Pulled> Pull(const ModelId& id, const PullOptions& options);

}  // namespace voisin::hub
