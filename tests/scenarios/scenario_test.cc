#include <gtest/gtest.h>

#include "tests/scenarios/scenario_fixture.h"

namespace voisin::test {
namespace {

class EngineScenario : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(EngineScenario, Holds) { RunScenarioFile(GetParam(), "engine", StartEngineTarget); }

INSTANTIATE_TEST_SUITE_P(Files, EngineScenario, testing::ValuesIn(AllScenarioFiles()),
                         [](const auto& file) { return ScenarioTestName(file.param); });

}  // namespace
}  // namespace voisin::test
