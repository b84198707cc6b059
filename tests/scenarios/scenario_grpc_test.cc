#include <gtest/gtest.h>

#include "tests/scenarios/grpc_target.h"
#include "tests/scenarios/scenario_fixture.h"

namespace voisin::test {
namespace {

class GrpcScenario : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GrpcScenario, Holds) { RunScenarioFile(GetParam(), "grpc", StartGrpcTarget); }

INSTANTIATE_TEST_SUITE_P(Files, GrpcScenario, testing::ValuesIn(AllScenarioFiles()),
                         [](const auto& file) { return ScenarioTestName(file.param); });

}  // namespace
}  // namespace voisin::test
