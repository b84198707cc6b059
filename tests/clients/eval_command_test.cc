#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "clients/cli/json_value.h"
#include "clients/cli/run.h"
#include "tests/clients/fake_client.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

// The vector of a text on the fake server is (0.1, its length): the nearest texts are those of the nearest 1 / length.
class EvalCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Write("corpus.jsonl", Text("d2", std::string(2, 'a')) + Text("d20", std::string(20, 'b')) +
                              Text("d50", std::string(50, 'c')) + Text("blank", " "));
    Write("queries.jsonl", Text("q2", "zz") + Text("q20", std::string(20, 'z')) + Text("unjudged", "z"));
    Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq2\td2\t1\nq20\td50\t2\n");
    Write("sts.tsv", "score\tsentence1\tsentence2\n5\taaaa\tbbbb\n3\tbbbb\tcc\n1\taaaa\td\n");
  }

  static std::string Text(const std::string& id, const std::string& text) {
    return "{\"_id\":\"" + id + "\",\"title\":\"\",\"text\":\"" + text + "\"}\n";
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(scratch_.path() / name, std::ios::binary) << text;
  }

  Ran Eval(std::vector<std::string> words) {
    words.insert(words.begin(), {"voisin", "eval", scratch_.path().string()});
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Console console{.in = in, .out = out, .err = err, .address = {}, .hub = {}, .hub_token = {}};
    const int code = cli::Run(static_cast<int>(argv.size()), argv.data(), console,
                              [this](const std::string&, const client::Options&) {
                                return std::make_unique<test::FakeClient>(server_);
                              });
    return {code, out.str(), err.str()};
  }

  test::ScratchDir scratch_;
  test::FakeServer server_;
};

double NumberIn(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->number() != nullptr ? *member->number() : std::nan("");
}

// q2 finds its document first; q20 finds d20 first and its own, d50, second. The pairs' order is people's.
TEST_F(EvalCommandTest, PrintsWhatTheVectorsOfAServerAreWorth) {
  const Ran ran = Eval({"--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto json = ParseJson(ran.out);
  ASSERT_TRUE(json.ok()) << ran.out;
  EXPECT_EQ(*json->Find("model")->string(), "default-model");
  EXPECT_EQ(*json->Find("set")->string(), scratch_.path().filename().string());
  EXPECT_EQ(NumberIn(*json, "documents"), 4);
  EXPECT_EQ(NumberIn(*json, "queries"), 2);
  EXPECT_EQ(NumberIn(*json, "texts"), 4 + 2 + 6);
  EXPECT_EQ(NumberIn(*json, "blank"), 1);
  EXPECT_EQ(NumberIn(*json, "truncated"), 0);
  EXPECT_DOUBLE_EQ(NumberIn(*json, "ndcg_at_10"), (1 + 1 / std::log2(3.0)) / 2);
  EXPECT_DOUBLE_EQ(NumberIn(*json, "mrr_at_10"), 0.75);
  EXPECT_DOUBLE_EQ(NumberIn(*json, "recall_at_100"), 1);
  EXPECT_EQ(NumberIn(*json, "pairs"), 3);
  EXPECT_DOUBLE_EQ(NumberIn(*json, "spearman"), 1);
}

TEST_F(EvalCommandTest, Bm25StandsBesideTheModel) {
  Write("corpus.jsonl", Text("d2", "red car") + Text("d20", "blue boat") + Text("d50", "a blue plane"));
  Write("queries.jsonl", Text("q2", "car") + Text("q20", "boat blue"));
  const Ran ran = Eval({"--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto json = ParseJson(ran.out);
  ASSERT_TRUE(json.ok());
  const Json* bm25 = json->Find("bm25");
  ASSERT_NE(bm25, nullptr);
  EXPECT_EQ(*bm25->Find("language")->string(), "english");  // one word in seven is "a"
  EXPECT_DOUBLE_EQ(NumberIn(*bm25, "mrr_at_10"), 0.75);
}

// By vectors "boat blue" is nearest to d50, of the nearest length; by words to d20; both bring d20 first.
TEST_F(EvalCommandTest, SearchesByWordsAndByBothStandBesideTheVectors) {
  Write("corpus.jsonl", Text("d2", "red cars in the rain") + Text("d20", "blue boats") +
                            Text("d50", "something") + Text("blank", " "));
  Write("queries.jsonl", Text("q2", "no such word") + Text("q20", "boat blue"));
  Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq2\td50\t1\nq20\td20\t1\n");
  const Ran ran = Eval({"--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto json = ParseJson(ran.out);
  ASSERT_TRUE(json.ok());
  EXPECT_LT(NumberIn(*json, "mrr_at_10"), 1);
  const Json* lexical = json->Find("lexical");
  ASSERT_NE(lexical, nullptr);
  EXPECT_EQ(*lexical->Find("language")->string(), "en");
  EXPECT_DOUBLE_EQ(NumberIn(*lexical, "mrr_at_10"), 0.5);  // nothing for q2
  const Json* hybrid = json->Find("hybrid");
  ASSERT_NE(hybrid, nullptr);
  EXPECT_DOUBLE_EQ(NumberIn(*hybrid, "dense_weight"), 0.5);
  EXPECT_DOUBLE_EQ(NumberIn(*hybrid, "recall_at_100"), 1);
  const Ran table = Eval({});
  EXPECT_THAT(table.out, HasSubstr("LEXICAL, words: en"));
  EXPECT_THAT(table.out, HasSubstr("HYBRID, dense weight 0.50"));
}

TEST_F(EvalCommandTest, PeopleGetTables) {
  const Ran ran = Eval({});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("nDCG@10"));
  EXPECT_THAT(ran.out, HasSubstr("0.8155"));
  EXPECT_THAT(ran.out, HasSubstr("BM25"));
  EXPECT_THAT(ran.out, HasSubstr("Spearman"));
  EXPECT_THAT(ran.out, HasSubstr("1 of 12 texts are blank"));
}

TEST_F(EvalCommandTest, AModelDirectoryNeedsNoServer) {
  server_.refusal = absl::UnavailableError("nobody");
  const std::string model = (scratch_.path() / "tiny").string();
  ASSERT_TRUE(test::WriteTinyModel(model).ok());
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "x" + std::to_string(i) + " ";
  Write("corpus.jsonl", Text("d2", "zz") + Text("d50", "zz") + Text("d20", long_text));
  const Ran first = Eval({"--json", "--model-dir", model});
  ASSERT_EQ(first.code, 0) << first.err;
  const auto json = ParseJson(first.out);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(*json->Find("model")->string(), "tiny");
  EXPECT_EQ(NumberIn(*json, "truncated"), 1);
  // "zz" is its own nearest text. Of the equal d2 and d50 the greater id comes first.
  EXPECT_DOUBLE_EQ(NumberIn(*json, "recall_at_100"), 1);
  Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq2\td50\t1\n");
  EXPECT_THAT(Eval({"--json", "--model-dir", model}).out, HasSubstr("\"mrr_at_10\":1,"));
  Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq2\td2\t1\n");
  EXPECT_THAT(Eval({"--json", "--model-dir", model}).out, HasSubstr("\"mrr_at_10\":0.5,"));
}

TEST_F(EvalCommandTest, MistakesStopItBeforeAnyWork) {
  const Ran missing = Eval({(scratch_.path() / "no").string()});
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.err, "voisin: " + (scratch_.path() / "no").string() + ": expected a directory\n");
  EXPECT_THAT(missing.out, IsEmpty());
  Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq2\tnowhere\t1\n");
  const Ran unknown = Eval({"--json"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("qrels.tsv: line 2: \"nowhere\" is no _id of corpus.jsonl"));
  EXPECT_THAT(unknown.out, IsEmpty());
}

TEST_F(EvalCommandTest, AnUndefinedCorrelationIsNull) {
  Write("sts.tsv", "score\tsentence1\tsentence2\n5\taaaa\tbbbb\n5\tbbbb\tcc\n");
  EXPECT_THAT(Eval({"--json"}).out, HasSubstr("\"spearman\":null"));
  EXPECT_THAT(Eval({}).out, HasSubstr("undefined"));
}

}  // namespace
}  // namespace voisin::cli
