// Text queries by meaning, by words and by both, through the engine.
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HybridTest : public EngineFixture {
 protected:
  HybridTest() {
    WriteModel();
    Open();
    MakeTexts("notes");
    EXPECT_TRUE(Put("notes", {TextDocument("cat", "the cat sat on a mat"),
                              TextDocument("dog", "dogs chase a cat"), TextDocument("chess", "play chess")})
                    .ok());
  }

  static SearchRequest TextQuery(std::string text, SearchMode mode = SearchMode::unspecified) {
    SearchRequest request;
    request.collection = "notes";
    request.text = std::move(text);
    request.mode = mode;
    return request;
  }
  SearchResult Find(const SearchRequest& request) {
    auto result = engine().Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : SearchResult();
  }
};

TEST_F(HybridTest, WordsAloneFindOnlyWhatHasOne) {
  const SearchResult result = Find(TextQuery("cat", SearchMode::lexical));
  EXPECT_THAT(IdsOf(result), ElementsAre("dog", "cat")) << "the shorter text first";
  EXPECT_FALSE(result.path.has_value());
  EXPECT_FALSE(result.underfilled);
  EXPECT_EQ(result.hits[0].match.lexical_score, result.hits[0].score);
  EXPECT_EQ(result.hits[0].match.lexical_rank, 1u);
  EXPECT_EQ(result.hits[0].match.dense_rank, 0u);
  EXPECT_THAT(FindIds(TextQuery("bird", SearchMode::lexical)), IsEmpty());
}

TEST_F(HybridTest, ATextIsHybridUnlessToldOtherwise) {
  const SearchResult result = Find(TextQuery("the cat sat on a mat"));
  ASSERT_EQ(result.hits.size(), 3u);
  EXPECT_EQ(result.hits[0].document.id, "cat");
  EXPECT_NEAR(result.hits[0].score, 1, 1e-5) << "itself: the best of both";
  for (const Hit& hit : result.hits) {
    EXPECT_GT(hit.match.dense_rank, 0u);
    EXPECT_EQ(hit.match.lexical_rank > 0, hit.match.lexical_score > 0) << hit.document.id;
  }
  const SearchResult dense = Find(TextQuery("the cat sat on a mat", SearchMode::dense));
  EXPECT_EQ(dense.hits[0].match.lexical_rank, 0u);
  EXPECT_EQ(dense.hits[0].score, result.hits[0].match.dense_score);
}

TEST_F(HybridTest, TheWeightDecidesWhichPartCounts) {
  for (const float weight : {0.0f, 1.0f}) {
    SearchRequest request = TextQuery("cat", SearchMode::hybrid);
    request.fusion.dense_weight = weight;
    const SearchMode alone = weight == 0 ? SearchMode::lexical : SearchMode::dense;
    const std::vector<std::string> expected = FindIds(TextQuery("cat", alone));
    std::vector<std::string> ids = FindIds(request);
    ids.resize(expected.size());
    EXPECT_EQ(ids, expected) << weight;
  }
}

TEST_F(HybridTest, WordsFollowReplacementAndDeletion) {
  ASSERT_TRUE(Put("notes", {TextDocument("chess", "a cat plays")}).ok());
  ASSERT_TRUE(engine().Delete({"notes", {"dog"}, "", ""}).ok());
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_THAT(FindIds(TextQuery("cat", SearchMode::lexical)),
                testing::UnorderedElementsAre("cat", "chess"));
    EXPECT_THAT(FindIds(TextQuery("chess", SearchMode::lexical)), IsEmpty());
    Restart();
  }
}

TEST_F(HybridTest, FiltersExpiryAndScoresHoldInEveryMode) {
  storage::Document gone = TextDocument("gone", "a cat of long ago");
  gone.expire_time_us = 1;
  storage::Document tagged = TextDocument("tagged", "another cat");
  tagged.metadata["kind"] = {"pet"};
  ASSERT_TRUE(Put("notes", {gone, tagged}).ok());
  for (const SearchMode mode : {SearchMode::dense, SearchMode::lexical, SearchMode::hybrid}) {
    SearchRequest request = TextQuery("cat", mode);
    EXPECT_THAT(FindIds(request), testing::Not(testing::Contains("gone")));
    request.filter = "kind = \"pet\"";
    EXPECT_THAT(FindIds(request), ElementsAre("tagged"));
    request.min_score = 1000;
    EXPECT_THAT(FindIds(request), IsEmpty());
  }
}

TEST_F(HybridTest, ACollectionWithoutAModelIsSearchedByWords) {
  MakeVectors("plain", 2);
  storage::Document document = VectorDocument("a", {1, 0});
  document.text = "running cats";
  ASSERT_TRUE(Put("plain", {document, VectorDocument("b", {0, 1})}).ok());
  SearchRequest request = TextQuery("cats");
  request.collection = "plain";
  EXPECT_THAT(FindIds(request), ElementsAre("a"));
  for (const SearchMode mode : {SearchMode::dense, SearchMode::hybrid}) {
    request.mode = mode;
    EXPECT_TRUE(IsInvalidAt(engine().Search(request).status(), "mode", "no model"));
  }
}

TEST_F(HybridTest, OnlyATextHasWords) {
  SearchRequest request = VectorQuery("notes", std::vector<float>(24, 1));
  for (const SearchMode mode : {SearchMode::lexical, SearchMode::hybrid}) {
    request.mode = mode;
    EXPECT_TRUE(IsInvalidAt(engine().Search(request).status(), "mode", "expected a text"));
  }
  request = TextQuery("cat");
  request.fusion.dense_weight = 2;
  EXPECT_TRUE(IsInvalidAt(engine().Search(request).status(), "fusion.dense_weight", "from 0 to 1"));
}

TEST_F(HybridTest, ALanguageGivesWordsTheirStems) {
  CollectionSpec spec;
  spec.id = "english";
  spec.dimensions = 1;
  spec.lexical.language = "English";
  const auto made = engine().CreateCollection(spec);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->spec.lexical.language, "en");
  storage::Document document = VectorDocument("a", {1});
  document.text = "The runners were running";
  ASSERT_TRUE(Put("english", {document}).ok());
  SearchRequest request = TextQuery("runs");
  request.collection = "english";
  EXPECT_THAT(FindIds(request), ElementsAre("a"));
  spec.id = "klingon";
  spec.lexical.language = "klingon";
  EXPECT_TRUE(
      IsInvalidAt(engine().CreateCollection(spec).status(), "collection.lexical.language", "klingon"));
  spec.lexical = {{.k1 = 11, .b = 0.5f}, "none"};
  EXPECT_TRUE(IsInvalidAt(engine().CreateCollection(spec).status(), "collection.lexical", "11"));
}

TEST_F(HybridTest, ParametersChangeWithoutANewIndex) {
  // The text of the first hit is as long as the mean: its score does not depend on k1.
  const float before = Find(TextQuery("cat", SearchMode::lexical)).hits[1].score;
  CollectionParams params;
  params.lexical.k1 = 0;
  ASSERT_TRUE(engine().UpdateCollection("notes", params).ok());
  for (int restart = 0; restart < 2; ++restart) {
    const SearchResult now = Find(TextQuery("cat", SearchMode::lexical));
    EXPECT_NE(now.hits[1].score, before);
    EXPECT_EQ(now.hits[0].score, now.hits[1].score) << "without k1 a word counts alike in every text";
    Restart();
  }
  EXPECT_EQ(engine().GetCollection("notes")->spec.lexical.params.k1, 0);
}

}  // namespace
}  // namespace voisin::service
