#pragma once

#include <filesystem>
#include <memory>

#include "tests/scenarios/target.h"

namespace voisin::test {

struct TargetPlaces {
  std::filesystem::path data_dir;
  std::filesystem::path models_dir;
  std::string default_model;
};

// voisin in this process, with segments small enough that tests see graphs. A crash is a copy of the data
// folder, as it lies on disk while the service runs, that the next start takes over.
absl::StatusOr<std::unique_ptr<ScenarioTarget>> StartEngineTarget(TargetPlaces places);

}  // namespace voisin::test
