#include "tests/scenarios/scenario_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/files.h"
#include "tests/scenarios/runner.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/source_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::test {
namespace {

std::filesystem::path RealModel() {
  const char* given = std::getenv("VOISIN_TEST_MODEL_DIR");
  return given != nullptr ? std::filesystem::path(given) : SourceDir() / ".voisin/models/use-lite-en";
}

bool NeedsRealModel(const std::filesystem::path& file) { return file.parent_path().filename() == "real"; }

TargetPlaces PlacesIn(const std::filesystem::path& folder, bool real) {
  return {folder / "data", folder / "models", real ? "use-lite-en" : "tiny"};
}

void MakeModels(const TargetPlaces& places, bool real) {
  std::filesystem::create_directory(places.models_dir);
  if (real) {
    std::filesystem::create_directory_symlink(std::filesystem::absolute(RealModel()),
                                              places.models_dir / places.default_model);
  } else {
    const absl::Status written = WriteTinyModel(places.models_dir / places.default_model);
    ASSERT_TRUE(written.ok()) << written;
  }
}

// Why the file cannot run here; empty when it can.
std::string ReasonToSkip(const std::filesystem::path& file, const Scenario& scenario,
                         const std::string& kind) {
  const auto& needs = scenario.requirements;
  if (!needs.empty() && std::find(needs.begin(), needs.end(), kind) == needs.end()) {
    return file.filename().string() + " requires the target " + needs[0];
  }
  if (NeedsRealModel(file) && !std::filesystem::exists(RealModel() / "config.json")) {
    return file.filename().string() +
           " needs the default model, which is absent: run ./dev setup or set VOISIN_TEST_MODEL_DIR";
  }
  return "";
}

}  // namespace

void RunScenarioFile(const std::filesystem::path& file, const std::string& kind, const StartTarget& start) {
  const absl::StatusOr<std::string> text = ReadFile(file);
  ASSERT_TRUE(text.ok()) << text.status();
  const absl::StatusOr<Scenario> scenario = ParseScenario(*text);
  ASSERT_TRUE(scenario.ok()) << file << ": " << scenario.status();
  ASSERT_FALSE(scenario->statements.empty()) << file;
  if (const std::string reason = ReasonToSkip(file, *scenario, kind); !reason.empty()) GTEST_SKIP() << reason;
  const ScratchDir scratch;
  const TargetPlaces places = PlacesIn(scratch.path(), NeedsRealModel(file));
  MakeModels(places, NeedsRealModel(file));
  absl::StatusOr<std::unique_ptr<ScenarioTarget>> target = start(places);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(Runner(**target, places.models_dir).Run(*scenario), "") << file;
}

std::vector<std::filesystem::path> AllScenarioFiles() {
  std::vector<std::filesystem::path> files = ScenarioFiles(SourceDir() / "tests/scenarios");
  for (const auto& file : ScenarioFiles(SourceDir() / "tests/scenarios/real")) files.push_back(file);
  return files;
}

std::string ScenarioTestName(const std::filesystem::path& file) {
  std::string name = (NeedsRealModel(file) ? "real_" : "") + file.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace voisin::test
