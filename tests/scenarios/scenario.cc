#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <sstream>

#include "base/status_macros.h"

namespace voisin::test {
namespace {

absl::Status AtLine(int line, const std::string& problem) {
  return absl::InvalidArgumentError("line " + std::to_string(line) + ": " + problem);
}

absl::StatusOr<Json> ParseJson(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return absl::InvalidArgumentError("not JSON: " + std::string(text));
  return json;
}

// End of the JSON string that starts at `begin`, or npos.
size_t EndOfString(std::string_view text, size_t begin) {
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

absl::StatusOr<absl::StatusCode> ParseCode(const std::string& name) {
  for (int code = 1; code <= 16; ++code) {
    const auto candidate = static_cast<absl::StatusCode>(code);
    if (absl::StatusCodeToString(candidate) == name) return candidate;
  }
  return absl::InvalidArgumentError("no status code is called " + name);
}

absl::StatusOr<ExpectedError> ParseError(std::string_view line) {
  ASSIGN_OR_RETURN(const std::vector<std::string> words, SplitWords(line));
  if (words.size() < 3 || words.size() > 4) {
    return absl::InvalidArgumentError("expected: error CODE \"part of the message\" [field]");
  }
  ASSIGN_OR_RETURN(const absl::StatusCode code, ParseCode(words[1]));
  return ExpectedError{code, words[2], words.size() == 4 ? words[3] : ""};
}

// ": name value", the value being JSON or a plain word.
std::pair<std::string, Json> ParseFact(std::string_view line) {
  const size_t name = line.find_first_not_of(' ', 1);
  const size_t space = line.find(' ', name);
  const std::string value = space == std::string_view::npos ? "" : std::string(line.substr(space + 1));
  Json json = Json::parse(value, nullptr, false);
  return {std::string(line.substr(name, space - name)), json.is_discarded() ? Json(value) : json};
}

class Parser {
 public:
  absl::Status Take(int number, const std::string& line) {
    if (line.starts_with('#')) return absl::OkStatus();
    if (line.find_first_not_of(' ') == std::string::npos) return EndParagraph();
    if (open_) return TakeInside(line);
    return TakeHead(number, line);
  }

  absl::Status EndParagraph() {
    if (open_) {
      scenario_.statements.push_back(std::move(statement_));
    } else if (statement_.error || statement_.eventually) {
      return absl::InvalidArgumentError("error and eventually belong right before a command");
    }
    statement_ = {};
    open_ = false;
    return absl::OkStatus();
  }

  Scenario Release() { return std::move(scenario_); }

 private:
  absl::Status TakeHead(int number, const std::string& line) {
    if (line.starts_with("requires ")) {
      ASSIGN_OR_RETURN(std::vector<std::string> words, SplitWords(line));
      scenario_.requirements.assign(words.begin() + 1, words.end());
      return absl::OkStatus();
    }
    if (line.starts_with("error ")) {
      ASSIGN_OR_RETURN(statement_.error, ParseError(line));
      return absl::OkStatus();
    }
    if (line == "eventually") {
      statement_.eventually = true;
      return absl::OkStatus();
    }
    return TakeCommand(number, line);
  }

  absl::Status TakeCommand(int number, const std::string& line) {
    open_ = true;
    statement_.line = number;
    const size_t brace = line.find('{');
    ASSIGN_OR_RETURN(statement_.words, SplitWords(line.substr(0, brace)));
    if (brace == std::string::npos) return absl::OkStatus();
    ASSIGN_OR_RETURN(statement_.arguments, ParseJson(line.substr(brace)));
    return absl::OkStatus();
  }

  absl::Status TakeInside(const std::string& line) {
    if (line == "----") {
      statement_.answer_given = true;
    } else if (!statement_.answer_given) {
      ASSIGN_OR_RETURN(Json json, ParseJson(line));
      statement_.body.push_back(std::move(json));
    } else if (line.starts_with(':')) {
      statement_.facts.push_back(ParseFact(line));
    } else {
      statement_.rows.push_back(line);
    }
    return absl::OkStatus();
  }

  Scenario scenario_;
  Statement statement_;
  bool open_ = false;  // a command has been read, its paragraph goes on
};

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitWords(std::string_view line) {
  std::vector<std::string> words;
  for (size_t at = line.find_first_not_of(' '); at < line.size(); at = line.find_first_not_of(' ', at)) {
    if (line[at] != '"') {
      const size_t end = std::min(line.find(' ', at), line.size());
      words.emplace_back(line.substr(at, end - at));
      at = end;
      continue;
    }
    const size_t end = EndOfString(line, at);
    if (end == std::string_view::npos) return absl::InvalidArgumentError("a quote without its partner");
    ASSIGN_OR_RETURN(const Json word, ParseJson(line.substr(at, end - at)));
    words.push_back(word.get<std::string>());
    at = end;
  }
  return words;
}

absl::StatusOr<Scenario> ParseScenario(std::string_view text) {
  std::istringstream lines{std::string(text)};
  Parser parser;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (absl::Status status = parser.Take(number, line); !status.ok()) {
      return AtLine(number, std::string(status.message()));
    }
  }
  if (absl::Status status = parser.EndParagraph(); !status.ok()) {
    return AtLine(number, std::string(status.message()));
  }
  return parser.Release();
}

std::vector<std::filesystem::path> ScenarioFiles(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".scenario") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace voisin::test
