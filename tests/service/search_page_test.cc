#include "service/search_page.h"

#include <set>

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SearchRequest Query() { return VectorQuery("points", {1, 0}, 2); }

class SearchPageTest : public EngineFixture {
 protected:
  // p0 is the closest to {1, 0}.
  void PutRow(int from, int to) {
    std::vector<storage::Document> documents;
    for (int i = from; i < to; ++i) {
      documents.push_back(VectorDocument("p" + std::to_string(i), {1, 0.1f * float(i)}));
    }
    ASSERT_TRUE(Put("points", std::move(documents)).ok());
  }
  SearchResult Page(SearchRequest query, const std::string& token) {
    query.page_token = token;
    const auto result = engine().Search(query);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : SearchResult();
  }
};

TEST(SearchTokenTest, OnlyFitsTheSearchItCameFrom) {
  SearchRequest request = Query();
  request.page_token = MakeSearchToken(7, request, {.lsn = 9, .seen = 2, .score = 0.5f, .point = 3});
  const auto position = ReadSearchToken(7, request, 10);
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(position->lsn, 9u);
  EXPECT_EQ(position->seen, 2u);
  EXPECT_EQ(position->score, 0.5f);
  EXPECT_EQ(position->point, 3u);

  std::vector<SearchRequest> others(7, request);
  others[0].vector = std::vector<float>{1, 0.5f};
  others[1].filter = "a = 1";
  others[2].min_score = 0;
  others[3].exact = true;
  others[4].ef = 7;
  others[5].vector.reset();
  others[5].document_id = "a";
  others[6].page_token[10] = others[6].page_token[10] == 'A' ? 'B' : 'A';
  for (const SearchRequest& other : others) {
    EXPECT_TRUE(IsInvalidAt(ReadSearchToken(7, other, 10).status(), "page_token", "same search"));
  }
  EXPECT_FALSE(ReadSearchToken(8, request, 10).ok());
  request.top_k = 50;
  request.mask.vector = true;
  EXPECT_TRUE(ReadSearchToken(7, request, 10).ok());
}

TEST(SearchTokenTest, EndsAtADepth) {
  SearchRequest request = Query();
  request.page_token =
      MakeSearchToken(7, request, {.lsn = 9, .seen = kMaxPagedHits - 10, .score = 0, .point = 3});
  EXPECT_TRUE(ReadSearchToken(7, request, 10).ok());
  EXPECT_TRUE(IsInvalidAt(ReadSearchToken(7, request, 11).status(), "page_token", "up to hit 10000"));
}

TEST_F(SearchPageTest, TurnsPagesToTheEnd) {
  Open();
  MakeVectors("points", 2);
  PutRow(0, 5);
  const SearchResult first = Page(Query(), "");
  EXPECT_THAT(IdsOf(first), ElementsAre("p0", "p1"));
  const SearchResult second = Page(Query(), first.next_page_token);
  EXPECT_THAT(IdsOf(second), ElementsAre("p2", "p3"));
  SearchRequest longer = Query();
  longer.top_k = 10;
  const SearchResult last = Page(longer, second.next_page_token);
  EXPECT_THAT(IdsOf(last), ElementsAre("p4"));
  EXPECT_FALSE(last.underfilled);
  EXPECT_EQ(last.next_page_token, "");
  EXPECT_EQ(Page(longer, "").next_page_token, "");
  longer.top_k = 5;
  EXPECT_EQ(Page(longer, "").next_page_token, "");  // full, and nothing follows
}

TEST_F(SearchPageTest, WritesBetweenPagesNeitherRepeatNorMoveWhatStays) {
  Open();
  MakeVectors("points", 2);
  PutRow(0, 6);
  const SearchResult first = Page(Query(), "");
  ASSERT_TRUE(Put("points", {VectorDocument("new", {1, 0.25f}), VectorDocument("p0", {1, 0.35f})}).ok());
  DeleteRequest gone;
  gone.collection = "points";
  gone.ids = {"p1", "p3"};
  ASSERT_TRUE(engine().Delete(gone).ok());
  const SearchResult second = Page(Query(), first.next_page_token);
  EXPECT_THAT(IdsOf(second), ElementsAre("p2", "p4"));
  Restart();
  EXPECT_THAT(IdsOf(Page(Query(), second.next_page_token)), ElementsAre("p5"));
}

TEST_F(SearchPageTest, HoldsWithMinScoreFilterAndDocumentQueries) {
  Open();
  MakeVectors("points", 2);
  PutRow(0, 10);
  SearchRequest query = Query();
  query.vector.reset();
  query.document_id = "p3";
  std::set<std::string> seen;
  std::string token;
  do {
    const SearchResult page = Page(query, token);
    for (const std::string& id : IdsOf(page)) EXPECT_TRUE(seen.insert(id).second) << id;
    token = page.next_page_token;
  } while (!token.empty());
  EXPECT_EQ(seen.size(), 9u);
  EXPECT_FALSE(seen.contains("p3"));

  query = Query();
  query.min_score = 0.95f;  // p0 to p3
  const SearchResult first = Page(query, "");
  const SearchResult second = Page(query, first.next_page_token);
  EXPECT_THAT(IdsOf(second), ElementsAre("p2", "p3"));
  EXPECT_THAT(IdsOf(Page(query, second.next_page_token)), IsEmpty());
}

TEST_F(SearchPageTest, GroupsAndDiversityHaveNoPages) {
  Open();
  MakeVectors("points", 2);
  PutRow(0, 5);
  SearchRequest query = Query();
  query.diversity.emplace();
  EXPECT_EQ(Page(query, "").next_page_token, "");
  query.page_token = "x";
  EXPECT_TRUE(IsInvalidAt(engine().Search(query).status(), "page_token", "expected none with diversity"));
  query.diversity.reset();
  query.group_by = {"kind", 1};
  EXPECT_TRUE(IsInvalidAt(engine().Search(query).status(), "page_token", "expected none with group_by"));
  query.page_token.clear();
  query.diversity.emplace();
  EXPECT_TRUE(IsInvalidAt(engine().Search(query).status(), "diversity", "got both"));
}

}  // namespace
}  // namespace voisin::service
