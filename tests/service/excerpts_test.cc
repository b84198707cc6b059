// Snippets and packs through the engine, in every kind of search.
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExcerptsTest : public EngineFixture {
 protected:
  ExcerptsTest() {
    WriteModel();
    Open();
    MakeTexts("notes");
    EXPECT_TRUE(Put("notes", {TextDocument("cat", "the cat sat. it is on a mat"),
                              TextDocument("dog", "dogs chase a cat"), TextDocument("chess", "play chess")})
                    .ok());
  }

  static SearchRequest TextQuery(std::string text, SearchMode mode = SearchMode::unspecified) {
    SearchRequest request;
    request.collection = "notes";
    request.text = std::move(text);
    request.mode = mode;
    request.snippet.emplace();
    request.pack = {1000};
    return request;
  }
  SearchResult Find(const SearchRequest& request) {
    auto result = engine().Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : SearchResult();
  }
  static const Hit& HitOf(const SearchResult& result, std::string_view id) {
    for (const Hit& hit : result.hits) {
      if (hit.document.id == id) return hit;
    }
    ADD_FAILURE() << "no hit " << id;
    return result.hits.front();
  }
  static std::vector<std::string> PackedTexts(const SearchResult& result) {
    std::vector<std::string> texts;
    if (!result.packed) return texts;
    for (const Packed::Passage& passage : result.packed->passages) texts.push_back(passage.text);
    return texts;
  }
};

TEST_F(ExcerptsTest, EveryModeOfATextHasThem) {
  for (const SearchMode mode : {SearchMode::hybrid, SearchMode::dense, SearchMode::lexical}) {
    const SearchResult result = Find(TextQuery("CAT", mode));
    EXPECT_EQ(HitOf(result, "dog").snippet, (Snippet{"dogs chase a cat", 0, {{13, 16}}}));
    EXPECT_EQ(result.packed->passages.size(), result.hits.size());
    EXPECT_EQ(result.packed->passages[0].id, result.hits[0].document.id);
  }
}

TEST_F(ExcerptsTest, VectorsAndDocumentsHaveNoWords) {
  for (const bool by_vector : {true, false}) {
    SearchRequest request = TextQuery("");
    request.text.reset();
    if (by_vector) {
      request.vector = std::vector<float>(24, 1);
    } else {
      request.document_id = "chess";
    }
    const SearchResult result = Find(request);
    EXPECT_EQ(HitOf(result, "dog").snippet, (Snippet{"dogs chase a cat", 0, {}}));
    EXPECT_EQ(PackedTexts(result).size(), result.hits.size());
  }
}

TEST_F(ExcerptsTest, NobodyGetsThemUnasked) {
  SearchRequest request = TextQuery("cat");
  request.snippet.reset();
  request.pack.reset();
  const SearchResult result = Find(request);
  EXPECT_FALSE(result.hits[0].snippet);
  EXPECT_FALSE(result.packed);
}

TEST_F(ExcerptsTest, TextsAreReadButNotShown) {
  SearchRequest request = TextQuery("cat", SearchMode::lexical);
  request.mask.text = false;
  const SearchResult result = Find(request);
  ASSERT_EQ(result.hits.size(), 2u);
  for (const Hit& hit : result.hits) {
    EXPECT_EQ(hit.document.text, "");
    EXPECT_NE(hit.snippet->text, "");
  }
  EXPECT_EQ(PackedTexts(result).size(), 2u);
}

TEST_F(ExcerptsTest, ADocumentWithoutATextHasAnEmptySnippet) {
  ASSERT_TRUE(Put("notes", {VectorDocument("bare", std::vector<float>(24, 1))}).ok());
  SearchRequest request = TextQuery("");
  request.text.reset();
  request.vector = std::vector<float>(24, 1);
  request.top_k = 1;
  const SearchResult result = Find(request);
  ASSERT_THAT(IdsOf(result), ElementsAre("bare"));
  EXPECT_EQ(result.hits[0].snippet, Snippet());
  EXPECT_THAT(PackedTexts(result), IsEmpty());
  EXPECT_EQ(result.packed->tokens, 0u);
}

// The model's own count of the passages, one by one.
TEST_F(ExcerptsTest, TheBudgetIsCountedByTheModel) {
  for (const uint32_t budget : {1u, 3u, 7u, 12u, 100u}) {
    SearchRequest request = TextQuery("cat");
    request.pack = {budget};
    const SearchResult result = Find(request);
    uint32_t tokens = 0;
    for (const Packed::Passage& passage : result.packed->passages) {
      const auto counted = engine().Tokenize({"", {passage.text}, false});
      ASSERT_TRUE(counted.ok()) << counted.status();
      EXPECT_EQ(passage.tokens, (*counted)[0].size());
      tokens += passage.tokens;
    }
    EXPECT_EQ(result.packed->tokens, tokens);
    EXPECT_LE(tokens, budget);
  }
}

TEST_F(ExcerptsTest, GroupsDiversityAndPagesHaveThem) {
  storage::Document both = TextDocument("both", "a cat of two groups");
  both.metadata["kind"] = {storage::List{{"pet"}, {"home"}}};
  ASSERT_TRUE(Put("notes", {both}).ok());
  SearchRequest grouped = TextQuery("cat");
  grouped.group_by = {"kind", 1};
  const SearchResult groups = Find(grouped);
  ASSERT_THAT(IdsOf(groups), ElementsAre("both", "both"));
  EXPECT_EQ(groups.hits[0].snippet, groups.hits[1].snippet);
  EXPECT_THAT(PackedTexts(groups), ElementsAre("a cat of two groups")) << "once";

  SearchRequest diverse = TextQuery("cat");
  diverse.diversity.emplace();
  EXPECT_EQ(PackedTexts(Find(diverse)).size(), 4u);

  SearchRequest paged = TextQuery("cat", SearchMode::dense);
  paged.top_k = 2;
  std::vector<std::string> texts;
  do {
    const SearchResult page = Find(paged);
    EXPECT_EQ(PackedTexts(page).size(), page.hits.size()) << "of this page";
    for (const Hit& hit : page.hits) texts.push_back(hit.snippet->text);
    paged.page_token = page.next_page_token;
  } while (!paged.page_token.empty());
  EXPECT_EQ(texts.size(), 4u);
}

TEST_F(ExcerptsTest, BatchesAnswerAsSingleSearches) {
  std::vector<SearchRequest> requests = {TextQuery("cat"), TextQuery("chess", SearchMode::lexical),
                                         TextQuery("dog", SearchMode::dense)};
  requests[1].pack = {0};
  const auto results = engine().BatchSearch(requests);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_TRUE(IsInvalidAt(results[1].status(), "pack.token_budget", "got 0"));
  for (const size_t i : {0u, 2u}) {
    const SearchResult alone = Find(requests[i]);
    ASSERT_TRUE(results[i].ok()) << results[i].status();
    EXPECT_EQ(results[i]->packed->passages, alone.packed->passages);
    EXPECT_EQ(results[i]->hits[0].snippet, alone.hits[0].snippet);
  }
}

TEST_F(ExcerptsTest, BadParametersAreRefused) {
  SearchRequest request = TextQuery("cat");
  request.snippet = {31};
  EXPECT_TRUE(IsInvalidAt(engine().Search(request).status(), "snippet.max_bytes", "32 to 4096"));
  request.snippet.reset();
  request.pack = {131073};
  EXPECT_TRUE(IsInvalidAt(engine().Search(request).status(), "pack.token_budget", "got 131073"));
  MakeVectors("plain", 2);
  request.collection = "plain";
  request.pack = {10};
  EXPECT_TRUE(IsInvalidAt(engine().Search(request).status(), "pack", "has no model"));
}

}  // namespace
}  // namespace voisin::service
