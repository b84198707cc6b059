#pragma once

#include <string>

#include "tests/scenarios/scenario.h"

namespace voisin::test {

// What a statement brought: rows (objects) in order, and named facts.
struct Outcome {
  Json rows = Json::array();
  Json facts = Json::object();
};

// Whether `actual` is what a scenario file wrote down. Numbers within 1e-4 (relative above 1); objects have
// at least the expected members, null standing for one that is not there; lists have equal lengths.
bool JsonMatches(const Json& expected, const Json& actual);

// Empty when the answer is what the statement expects; otherwise what differs.
std::string CompareAnswer(const Statement& statement, const Outcome& answer);

// Empty when `status` is the expected error; otherwise what differs. `field` is the path that the status
// carries.
std::string CompareError(const ExpectedError& expected, const absl::Status& status, const std::string& field);

}  // namespace voisin::test
