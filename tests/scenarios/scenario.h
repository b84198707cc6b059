#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

// Scenario files: see README.md beside this file.
namespace voisin::test {

using Json = nlohmann::json;

struct ExpectedError {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string message;  // a part of the message
  std::string field;    // path in the request; empty: not looked at
};

// One paragraph of a scenario file.
struct Statement {
  int line = 0;                    // of the command, from 1
  std::vector<std::string> words;  // "collection", "create", "pets"
  Json arguments = Json::object();
  std::vector<Json> body;
  bool answer_given = false;
  std::vector<std::string> rows;                    // expected, in order
  std::vector<std::pair<std::string, Json>> facts;  // expected
  std::optional<ExpectedError> error;
  bool eventually = false;  // asked again until it holds
};

struct Scenario {
  std::vector<std::string> requirements;  // words after `requires`
  std::vector<Statement> statements;
};

// InvalidArgument names the line.
absl::StatusOr<Scenario> ParseScenario(std::string_view text);

// Every *.scenario directly in `folder`, sorted.
std::vector<std::filesystem::path> ScenarioFiles(const std::filesystem::path& folder);

// Words between spaces; a word that starts with a quote is a JSON string.
absl::StatusOr<std::vector<std::string>> SplitWords(std::string_view line);

}  // namespace voisin::test
