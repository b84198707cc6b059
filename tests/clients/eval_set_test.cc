#include "clients/cli/eval_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "clients/cli/status.h"
#include "tests/support/scratch_dir.h"

namespace voisin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
std::string ErrorOf(const absl::StatusOr<T>& result) {
  return result.ok() ? "none" : std::string(MessageOf(result.status()));
}

std::string TextsError(const std::string& file) {
  std::istringstream in(file);
  return ErrorOf(ReadEvalTexts(in));
}

std::string JudgmentsError(const std::string& file) {
  std::istringstream in(file);
  return ErrorOf(ReadJudgments(in, {{"d1", "d2"}, {"", ""}}, {{"q1"}, {""}}));
}

std::string PairsError(const std::string& file) {
  std::istringstream in(file);
  return ErrorOf(ReadSimilaritySet(in));
}

TEST(ReadEvalTextsTest, JoinsTitleAndText) {
  std::istringstream in(
      "\xEF\xBB\xBF{\"_id\":\"1\",\"title\":\"A\",\"text\":\"b c\",\"metadata\":{}}\r\n"
      "\n"
      "{\"text\":\"only text\",\"_id\":\"x\"}\n"
      "{\"_id\":\"y\",\"title\":\"only title\",\"text\":\"\"}\n"
      "{\"_id\":\"z\",\"title\":null,\"text\":\"\"}");
  const auto texts = ReadEvalTexts(in);
  ASSERT_TRUE(texts.ok()) << texts.status();
  EXPECT_THAT(texts->ids, ElementsAre("1", "x", "y", "z"));
  EXPECT_THAT(texts->texts, ElementsAre("A b c", "only text", "only title", ""));
}

TEST(ReadEvalTextsTest, BadLinesAreNamed) {
  EXPECT_EQ(TextsError("{\"_id\":\"1\",\"text\":\"\"}\n[]\n"),
            "line 2: expected an object {\"_id\", \"title\", \"text\"}, got an array");
  EXPECT_EQ(TextsError("{\"_id\":7,\"text\":\"\"}"), "line 1: _id: expected a string, got a number");
  EXPECT_EQ(TextsError("{\"_id\":\"\",\"text\":\"\"}"),
            "line 1: _id: expected characters, got an empty string");
  EXPECT_EQ(TextsError("{\"_id\":\"1\"}"), "line 1: text: expected a string, got nothing");
  EXPECT_EQ(TextsError("{\"_id\":\"1\",\"text\":\"\",\"title\":[]}"),
            "line 1: title: expected a string, got an array");
  EXPECT_EQ(TextsError("{\"_id\":\"1\",\"text\":\"\"}\n\n{\"_id\":\"1\",\"text\":\"\"}"),
            "line 3: _id \"1\" is there twice");
  EXPECT_THAT(TextsError("{\"_id\":\"1\",\"text\":"), HasSubstr("line 1: "));
  EXPECT_THAT(TextsError("{\"_id\":\"1\",\"text\":\"\xFF\"}"), HasSubstr("line 1: "));
  EXPECT_EQ(TextsError("\n"), "expected lines of JSON, got none");
}

TEST(ReadJudgmentsTest, FindsColumnsByNameAndIdsByText) {
  std::istringstream in("score\tquery-id\tmore\tcorpus-id\n2\tq1\tx\td2\n\n-1\tq1\t\td1\n2\tq1\tagain\td2\n");
  const auto judgments = ReadJudgments(in, {{"d1", "d2"}, {"", ""}}, {{"q0", "q1"}, {"", ""}});
  ASSERT_TRUE(judgments.ok()) << judgments.status();
  ASSERT_EQ(judgments->size(), 2u);
  EXPECT_TRUE((*judgments)[0].empty());
  ASSERT_EQ((*judgments)[1].size(), 2u);
  EXPECT_EQ((*judgments)[1][0].document, 1u);
  EXPECT_EQ((*judgments)[1][0].grade, 2);
  EXPECT_EQ((*judgments)[1][1].grade, -1);
}

TEST(ReadJudgmentsTest, BadLinesAreNamed) {
  const std::string header = "query-id\tcorpus-id\tscore\n";
  EXPECT_EQ(JudgmentsError(header + "q1\td1\t1\nq2\td1\t1\n"), "line 3: \"q2\" is no _id of queries.jsonl");
  EXPECT_EQ(JudgmentsError(header + "q1\td3\t1\n"), "line 2: \"d3\" is no _id of corpus.jsonl");
  EXPECT_EQ(JudgmentsError(header + "q1\td1\t1.5\n"), "line 2: score: expected a whole number, got \"1.5\"");
  EXPECT_EQ(JudgmentsError(header + "q1\td1\t99999999999\n"),
            "line 2: score: expected a whole number, got \"99999999999\"");
  EXPECT_EQ(JudgmentsError(header + "q1 d1 1\n"), "line 2: expected 3 fields between tabs, got 1");
  EXPECT_EQ(JudgmentsError(header + "q1\td1\t1\t\n"), "line 2: expected 3 fields between tabs, got 4");
  EXPECT_EQ(JudgmentsError(header + "q1\td1\t1\nq1\td1\t2\n"),
            "line 3: score 2 for a query and a document that have score 1 above");
  EXPECT_EQ(JudgmentsError(header + "q1\t\xFF\t1\n"), "line 2: byte 3 is not UTF-8");
  EXPECT_EQ(JudgmentsError("q1\td1\t1\n"),
            "line 1: expected the names of the columns, \"query-id\" among them, got \"q1\td1\t1\"");
  EXPECT_EQ(JudgmentsError(""),
            "line 1: expected the names of the columns, \"query-id\" among them, got \"\"");
}

TEST(ReadSimilaritySetTest, ReadsPairsAsTheyAre) {
  std::istringstream in("subset\tscore\tsentence1\tsentence2\nx\t4.75\tA \"dog\"\t\n\nx\t0\tÉ\tb\r\n");
  const auto set = ReadSimilaritySet(in);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->gold, ElementsAre(4.75, 0));
  EXPECT_THAT(set->first, ElementsAre("A \"dog\"", "É"));
  EXPECT_THAT(set->second, ElementsAre("", "b"));
}

TEST(ReadSimilaritySetTest, BadLinesAreNamed) {
  const std::string header = "score\tsentence1\tsentence2\n";
  EXPECT_EQ(PairsError(header), "expected pairs of sentences, got none");
  EXPECT_EQ(PairsError(header + "1\ta\n"), "line 2: expected 3 fields between tabs, got 2");
  EXPECT_EQ(PairsError(header + "much\ta\tb\n"), "line 2: score: expected a number, got \"much\"");
  EXPECT_EQ(PairsError(header + "nan\ta\tb\n"), "line 2: score: expected a number, got \"nan\"");
  EXPECT_THAT(PairsError("score\tsentence1\n"), HasSubstr("\"sentence2\" among them"));
}

class ReadEvalSetTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(scratch_.path() / name, std::ios::binary) << text;
  }
  void WriteRetrieval(const std::string& judgments) {
    Write("corpus.jsonl", "{\"_id\":\"d1\",\"text\":\"x\"}\n{\"_id\":\"d2\",\"text\":\"y\"}\n");
    Write("queries.jsonl",
          "{\"_id\":\"q1\",\"text\":\"a\"}\n{\"_id\":\"q2\",\"text\":\"b\"}\n{\"_id\":\"q3\",\"text\":\"c\"}"
          "\n");
    Write("qrels.tsv", "query-id\tcorpus-id\tscore\n" + judgments);
  }
  std::string Error() { return ErrorOf(ReadEvalSet(scratch_.path())); }
  std::string In(const std::string& name) { return (scratch_.path() / name).string(); }

  test::ScratchDir scratch_;
};

TEST_F(ReadEvalSetTest, KeepsQueriesWithARelevantDocument) {
  WriteRetrieval("q1\td1\t0\nq3\td2\t1\nq1\td2\t-1\nq3\td1\t0\n");
  const auto set = ReadEvalSet(scratch_.path() / "");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->name, scratch_.path().filename().string());
  EXPECT_FALSE(set->similarity);
  EXPECT_THAT(set->retrieval->queries.ids, ElementsAre("q3"));
  EXPECT_THAT(set->retrieval->queries.texts, ElementsAre("c"));
  ASSERT_EQ(set->retrieval->judgments.size(), 1u);
  EXPECT_EQ(set->retrieval->judgments[0].size(), 2u);
}

TEST_F(ReadEvalSetTest, MissingFilesAreNamed) {
  EXPECT_EQ(Error(),
            scratch_.path().string() + ": expected corpus.jsonl, queries.jsonl and qrels.tsv, or sts.tsv");
  EXPECT_EQ(ErrorOf(ReadEvalSet(scratch_.path() / "no")), In("no") + ": expected a directory");
  Write("queries.jsonl", "{\"_id\":\"q1\",\"text\":\"a\"}\n");
  EXPECT_EQ(Error(), In("corpus.jsonl") + ": cannot be opened");
  Write("corpus.jsonl", "{\"_id\":\"d1\",\"text\":\"a\"}\n");
  EXPECT_EQ(Error(), In("qrels.tsv") + ": cannot be opened");
}

TEST_F(ReadEvalSetTest, ErrorsNameTheFile) {
  WriteRetrieval("q1\td7\t1\n");
  EXPECT_EQ(Error(), In("qrels.tsv") + ": line 2: \"d7\" is no _id of corpus.jsonl");
  WriteRetrieval("q1\td1\t0\n");
  EXPECT_EQ(Error(), In("qrels.tsv") + ": expected a score above 0, got none");
  WriteRetrieval("q1\td1\t1\n");
  Write("sts.tsv", "score\tsentence1\n");
  EXPECT_THAT(Error(), HasSubstr(In("sts.tsv") + ": line 1: "));
}

}  // namespace
}  // namespace voisin::cli
