#include "service/query_words.h"

#include "tests/service/text_fixture.h"

namespace voisin::service {
namespace {

using testing::IsEmpty;

class QueryWordsTest : public TextFixture {};

TEST_F(QueryWordsTest, FindsWordsByTheirStemsAndWithoutAccents) {
  const QueryWords words = WordsOf("running élan the");
  ASSERT_EQ(words.weights().size(), 2u) << "a stop word is none of the query's";
  const auto found = words.FindIn("He runs with ELAN, the runner");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].begin, 3u);
  EXPECT_EQ(found[0].end, 7u);
  EXPECT_EQ(found[1].begin, 13u);
  EXPECT_EQ(found[1].end, 17u);
  EXPECT_NE(found[0].word, found[1].word);
}

TEST_F(QueryWordsTest, TheRarerTheMore) {
  for (const char* text : {"cat", "cat dog", "cat", "bird"}) AddToIndex(text);
  const QueryWords words = WordsOf("cat dog unknown");
  const auto weight = [&words](std::string_view text) { return words.weights()[words.FindIn(text)[0].word]; };
  // In 3, 1 and none of 4.
  EXPECT_NEAR(static_cast<double>(weight("cat")) / 4294967296.0, std::log(1 + 1.5 / 3.5), 1e-6);
  EXPECT_NEAR(static_cast<double>(weight("dog")) / 4294967296.0, std::log(1 + 3.5 / 1.5), 1e-6);
  EXPECT_NEAR(static_cast<double>(weight("unknown")) / 4294967296.0, std::log(1 + 4.5 / 0.5), 1e-6);
}

TEST_F(QueryWordsTest, AQueryWithoutWordsFindsNothing) {
  EXPECT_THAT(WordsOf("the ...").FindIn("the cat"), IsEmpty());
  EXPECT_THAT(QueryWords(analyzer_).FindIn("the cat"), IsEmpty());
}

TEST(CoverageTest, AnotherWordIsWorthMoreThanTheSameAgain) {
  const std::vector<uint64_t> weights = {1000, 700};
  Coverage coverage(weights);
  coverage.Add(0);
  EXPECT_EQ(coverage.sum(), 1000u);
  coverage.Add(0);
  EXPECT_EQ(coverage.sum(), 1500u);
  coverage.Remove(0);
  coverage.Add(1);
  EXPECT_EQ(coverage.sum(), 1700u);
  for (int i = 0; i < 100; ++i) coverage.Add(1);
  EXPECT_LT(coverage.sum(), 2400u);
  for (int i = 0; i < 101; ++i) coverage.Remove(1);
  coverage.Remove(0);
  EXPECT_EQ(coverage.sum(), 0u);
}

}  // namespace
}  // namespace voisin::service
