#pragma once

#include <filesystem>

#include "encoder/model_config.h"

namespace voisin::encoder {

// Adds what modules.json and the directories it names say to `config`, whose transformer is read already.
// Without modules.json nothing changes: mean pooling.
absl::Status ReadModules(const std::filesystem::path& model_dir, ModelConfig& config);

}  // namespace voisin::encoder
