#include "tests/scenarios/match.h"

#include <algorithm>
#include <cmath>

namespace voisin::test {
namespace {

constexpr double kTolerance = 1e-4;
constexpr size_t kShownRows = 20;

bool NumbersMatch(double expected, double actual) {
  return std::abs(expected - actual) <= kTolerance * std::max(1.0, std::abs(expected));
}

bool MembersMatch(const Json& expected, const Json& actual) {
  for (const auto& [key, value] : expected.items()) {
    const auto found = actual.find(key);
    const bool absent = found == actual.end() || found->is_null();
    if (value.is_null() ? !absent : absent || !JsonMatches(value, *found)) return false;
  }
  return true;
}

bool ElementsMatch(const Json& expected, const Json& actual) {
  if (expected.size() != actual.size()) return false;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!JsonMatches(expected[i], actual[i])) return false;
  }
  return true;
}

// A row is an object, or the id (or text) alone, followed by the score where one is given; a number alone is
// a score.
bool RowMatches(const std::string& expected, const Json& actual) {
  if (expected.starts_with('{')) {
    const Json json = Json::parse(expected, nullptr, false);
    return !json.is_discarded() && JsonMatches(json, actual);
  }
  const auto words = SplitWords(expected);
  if (!words.ok() || words->empty() || words->size() > 2) return false;
  if (!actual.contains("id"))
    return JsonMatches(Json::parse((*words)[0], nullptr, false), actual.at("score"));
  if (actual.at("id") != Json((*words)[0])) return false;
  return words->size() == 1 || JsonMatches(Json::parse((*words)[1], nullptr, false), actual.at("score"));
}

std::string Printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string SomeRows(const Outcome& answer) {
  std::string text;
  for (size_t i = 0; i < std::min(answer.rows.size(), kShownRows); ++i) {
    text += "\n  " + Printed(answer.rows[i]);
  }
  if (answer.rows.size() > kShownRows) text += "\n  of " + std::to_string(answer.rows.size()) + " rows";
  return text.empty() ? "\n  (no rows)" : text;
}

bool RowsMatch(const std::vector<std::string>& expected, const Json& actual) {
  if (expected.size() != actual.size()) return false;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!RowMatches(expected[i], actual[i])) return false;
  }
  return true;
}

}  // namespace

bool JsonMatches(const Json& expected, const Json& actual) {
  if (expected.is_number() && actual.is_number()) {
    return NumbersMatch(expected.get<double>(), actual.get<double>());
  }
  if (expected.is_object() && actual.is_object()) return MembersMatch(expected, actual);
  if (expected.is_array() && actual.is_array()) return ElementsMatch(expected, actual);
  return expected == actual;
}

std::string CompareAnswer(const Statement& statement, const Outcome& answer) {
  const bool rows_given = !statement.rows.empty() || (statement.answer_given && statement.facts.empty());
  if (rows_given && !RowsMatch(statement.rows, answer.rows)) {
    std::string expected;
    for (const std::string& row : statement.rows) expected += "\n  " + row;
    return "expected rows:" + expected + "\ngot:" + SomeRows(answer) + "\nfacts: " + Printed(answer.facts);
  }
  for (const auto& [name, value] : statement.facts) {
    const Json actual = name == "rows" ? Json(answer.rows.size()) : answer.facts.value(name, Json());
    if (!JsonMatches(value, actual)) {
      return "expected " + name + " " + Printed(value) + ", got " + Printed(actual) +
             "; rows:" + SomeRows(answer);
    }
  }
  return "";
}

std::string CompareError(const ExpectedError& expected, const absl::Status& status,
                         const std::string& field) {
  const std::string code = absl::StatusCodeToString(expected.code);
  if (status.code() != expected.code) return "expected " + code + ", got " + status.ToString();
  if (std::string(status.message()).find(expected.message) == std::string::npos) {
    return "expected a message with \"" + expected.message + "\", got: " + status.ToString();
  }
  if (!expected.field.empty() && field != expected.field) {
    return "expected field " + expected.field + ", got \"" + field + "\" in: " + status.ToString();
  }
  return "";
}

}  // namespace voisin::test
