#pragma once

#include <functional>
#include <memory>

#include "tests/scenarios/engine_target.h"
#include "tests/scenarios/scenario.h"

namespace voisin::test {

using StartTarget = std::function<absl::StatusOr<std::unique_ptr<ScenarioTarget>>(TargetPlaces)>;

// Runs one file against a fresh target with empty data, as the body of a GoogleTest test. A file that
// requires another `kind` of target ("engine" or "grpc"), or the real model where there is none, is skipped
// with a message.
void RunScenarioFile(const std::filesystem::path& file, const std::string& kind, const StartTarget& start);

// All files, those with the real model in `real/` included.
std::vector<std::filesystem::path> AllScenarioFiles();

// "basics" or "real_meaning": a name that GoogleTest takes.
std::string ScenarioTestName(const std::filesystem::path& file);

}  // namespace voisin::test
