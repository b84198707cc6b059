#pragma once

#include <memory>

#include "tests/scenarios/engine_target.h"

namespace voisin::test {

// voisin as a child process behind gRPC. A crash is SIGKILL.
absl::StatusOr<std::unique_ptr<ScenarioTarget>> StartGrpcTarget(TargetPlaces places);

}  // namespace voisin::test
