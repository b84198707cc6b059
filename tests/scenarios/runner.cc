#include "tests/scenarios/runner.h"

#include <map>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace voisin::test {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr std::chrono::milliseconds kPause(20);  // between two askings of the same

}  // namespace

Runner::Runner(ScenarioTarget& target, std::filesystem::path models_dir)
    : target_(target), models_dir_(std::move(models_dir)) {}

std::string Runner::Run(const Scenario& scenario) {
  for (const Statement& statement : scenario.statements) {
    const std::string problem = statement.eventually ? RunUntilItHolds(statement) : RunStatement(statement);
    if (!problem.empty()) return "line " + std::to_string(statement.line) + ": " + problem;
  }
  return "";
}

std::string Runner::RunUntilItHolds(const Statement& statement) {
  const absl::Time end = absl::Now() + kPatience;
  std::string problem = RunStatement(statement);
  while (!problem.empty() && absl::Now() < end) {
    std::this_thread::sleep_for(kPause);
    problem = RunStatement(statement);
  }
  return problem;
}

std::string Runner::RunStatement(const Statement& statement) {
  return Compare(statement, Execute(statement));
}

std::string Runner::Compare(const Statement& statement, const absl::StatusOr<Outcome>& answer) const {
  if (!statement.error) {
    return answer.ok() ? CompareAnswer(statement, *answer) : answer.status().ToString();
  }
  const std::string field = answer.ok() ? "" : target_.FieldOf(answer.status(), statement.error->field);
  return CompareError(*statement.error, answer.status(), field);
}

absl::StatusOr<Outcome> Runner::Execute(const Statement& statement) {
  words_ = statement.words;
  ASSIGN_OR_RETURN(const Command command, FindCommand(statement));
  ASSIGN_OR_RETURN(arguments_, Resolve(statement.arguments, remembered_));
  body_.clear();
  for (const Json& line : statement.body) {
    ASSIGN_OR_RETURN(Json resolved, Resolve(line, remembered_));
    body_.push_back(std::move(resolved));
  }
  return (this->*command)();
}

absl::StatusOr<Runner::Command> Runner::FindCommand(const Statement& statement) {
  static const std::map<std::string, Command> commands = {
      {"restart", &Runner::Restart},
      {"crash", &Runner::Crash},
      {"model add", &Runner::ModelAdd},
      {"model change", &Runner::ModelChange},
      {"model list", &Runner::ModelList},
      {"embed", &Runner::Embed},
      {"tokenize", &Runner::Tokenize},
      {"similarity", &Runner::Similarity},
      {"collection create", &Runner::CollectionCreate},
      {"collection describe", &Runner::CollectionDescribe},
      {"collection list", &Runner::CollectionList},
      {"collection update", &Runner::CollectionUpdate},
      {"collection delete", &Runner::CollectionDelete},
      {"upsert", &Runner::Upsert},
      {"fill", &Runner::Fill},
      {"get", &Runner::Get},
      {"list", &Runner::List},
      {"delete", &Runner::Delete},
      {"count", &Runner::Count},
      {"search", &Runner::Search},
      {"batch-search", &Runner::BatchSearch},
      {"recall", &Runner::Recall}};
  const std::vector<std::string>& words = statement.words;
  auto found = words.empty() ? commands.end() : commands.find(words[0]);
  if (found == commands.end() && words.size() > 1) found = commands.find(words[0] + " " + words[1]);
  if (found == commands.end()) return absl::InvalidArgumentError("there is no such command");
  return found->second;
}

std::string Runner::Word(size_t i) const { return i < words_.size() ? words_[i] : ""; }

}  // namespace voisin::test
