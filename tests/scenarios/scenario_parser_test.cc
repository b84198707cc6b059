#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/match.h"

namespace voisin::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Statement OnlyStatement(const std::string& text) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() && scenario->statements.size() == 1 ? scenario->statements[0] : Statement();
}

Outcome TwoHits() {
  Outcome answer;
  answer.rows = {{{"id", "a"}, {"score", 0.5}, {"text", "cat"}}, {{"id", "b c"}, {"score", -2.0}}};
  answer.facts = {{"path", "EXACT"}};
  return answer;
}

TEST(ScenarioParser, ReadsACommandWithArgumentsBodyAndAnswer) {
  const Statement statement =
      OnlyStatement("# a story\n\nsearch pets {\"top_k\": 2}\n{\"x\": 1}\n----\na 0.5\n: path EXACT\n");
  EXPECT_THAT(statement.words, ElementsAre("search", "pets"));
  EXPECT_EQ(statement.arguments, Json({{"top_k", 2}}));
  EXPECT_THAT(statement.body, ElementsAre(Json{{"x", 1}}));
  EXPECT_THAT(statement.rows, ElementsAre("a 0.5"));
  EXPECT_EQ(statement.facts[0].second, Json("EXACT"));
  EXPECT_EQ(statement.line, 3);
}

TEST(ScenarioParser, ReadsAnExpectedError) {
  const Statement statement = OnlyStatement("error NOT_FOUND \"no such\" name\ncollection describe x\n");
  ASSERT_TRUE(statement.error);
  EXPECT_EQ(statement.error->code, absl::StatusCode::kNotFound);
  EXPECT_EQ(statement.error->message, "no such");
  EXPECT_EQ(statement.error->field, "name");
}

TEST(ScenarioParser, NamesTheLineOfAMistake) {
  EXPECT_THAT(ParseScenario("count a\n\ncount b {oops\n").status().ToString(), HasSubstr("line 3"));
  EXPECT_THAT(ParseScenario("error NO_SUCH_CODE \"x\"\ncount b\n").status().ToString(), HasSubstr("line 1"));
  EXPECT_FALSE(ParseScenario("error NOT_FOUND \"x\"\n").ok());
}

TEST(ScenarioMatch, TakesRowsInShortAndInLongForm) {
  EXPECT_THAT(CompareAnswer(OnlyStatement("search x\n----\na 0.50001\n\"b c\"\n: path EXACT\n"), TwoHits()),
              IsEmpty());
  EXPECT_THAT(
      CompareAnswer(OnlyStatement("search x\n----\n{\"text\": \"cat\"}\n{\"text\": null}\n"), TwoHits()),
      IsEmpty());
}

TEST(ScenarioMatch, FindsEveryDifference) {
  for (const char* answer : {"a", "a\na", "a 0.6\n\"b c\"", "{\"text\": null}\n\"b c\"", "\"b c\"\na",
                             ": path ANN", ": rows 3", ": unknown 1", ""}) {
    const Statement statement = OnlyStatement(std::string("search x\n----\n") + answer + "\n");
    EXPECT_THAT(CompareAnswer(statement, TwoHits()), testing::Not(IsEmpty())) << answer;
  }
}

TEST(ScenarioMatch, AnErrorMustHaveCodeMessageAndField) {
  const absl::Status status = absl::NotFoundError("no such collection");
  EXPECT_THAT(CompareError({absl::StatusCode::kNotFound, "no such", "name"}, status, "name"), IsEmpty());
  EXPECT_THAT(CompareError({absl::StatusCode::kInternal, "no such", ""}, status, ""), HasSubstr("INTERNAL"));
  EXPECT_THAT(CompareError({absl::StatusCode::kNotFound, "other", ""}, status, ""), HasSubstr("other"));
  EXPECT_THAT(CompareError({absl::StatusCode::kNotFound, "", "name"}, status, "id"), HasSubstr("name"));
  EXPECT_THAT(CompareError({absl::StatusCode::kNotFound, "", ""}, absl::OkStatus(), ""), HasSubstr("OK"));
}

}  // namespace
}  // namespace voisin::test
