#pragma once

#include <filesystem>

#include "tests/scenarios/match.h"
#include "tests/scenarios/requests.h"
#include "tests/scenarios/target.h"

namespace voisin::test {

// Runs the statements of a scenario against a target. One thread.
class Runner {
 public:
  // `target` outlives the runner; `models_dir` is where its models stand.
  Runner(ScenarioTarget& target, std::filesystem::path models_dir);
  // Empty when everything went as written; otherwise the line and what differs.
  std::string Run(const Scenario& scenario);

 private:
  using Command = absl::StatusOr<Outcome> (Runner::*)();

  std::string RunStatement(const Statement& statement);
  // RunStatement until it holds, for at most half a minute.
  std::string RunUntilItHolds(const Statement& statement);
  std::string Compare(const Statement& statement, const absl::StatusOr<Outcome>& answer) const;
  absl::StatusOr<Outcome> Execute(const Statement& statement);
  static absl::StatusOr<Command> FindCommand(const Statement& statement);

  // Words after the command's own name; empty beyond the last.
  std::string Word(size_t i) const;
  absl::StatusOr<std::vector<storage::Document>> BodyDocuments() const;
  absl::StatusOr<Outcome> FinishUpsert(service::UpsertRequest request);

  absl::StatusOr<Outcome> Restart();
  absl::StatusOr<Outcome> Crash();
  absl::StatusOr<Outcome> ModelAdd();
  absl::StatusOr<Outcome> ModelChange();
  absl::StatusOr<Outcome> ModelList();
  absl::StatusOr<Outcome> Embed();
  absl::StatusOr<Outcome> Tokenize();
  absl::StatusOr<Outcome> Similarity();
  absl::StatusOr<Outcome> CollectionCreate();
  absl::StatusOr<Outcome> CollectionDescribe();
  absl::StatusOr<Outcome> CollectionList();
  absl::StatusOr<Outcome> CollectionUpdate();
  absl::StatusOr<Outcome> CollectionDelete();
  absl::StatusOr<Outcome> Upsert();
  absl::StatusOr<Outcome> Fill();
  absl::StatusOr<Outcome> Get();
  absl::StatusOr<Outcome> List();
  absl::StatusOr<Outcome> Delete();
  absl::StatusOr<Outcome> Count();
  absl::StatusOr<Outcome> Search();
  absl::StatusOr<Outcome> BatchSearch();
  absl::StatusOr<Outcome> Recall();

  ScenarioTarget& target_;
  const std::filesystem::path models_dir_;
  Remembered remembered_;
  // Of the statement that runs, `$` forms replaced.
  std::vector<std::string> words_;
  Json arguments_;
  std::vector<Json> body_;
};

}  // namespace voisin::test
