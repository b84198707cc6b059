#include "service/in_memory_search.h"

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<index::PointId> Ids(const absl::StatusOr<std::vector<index::Neighbor>>& found) {
  std::vector<index::PointId> ids;
  EXPECT_TRUE(found.ok()) << found.status();
  if (!found.ok()) return ids;
  for (const index::Neighbor& neighbor : *found) ids.push_back(neighbor.id);
  return ids;
}

TEST(InMemorySearchTest, FindsByMeaningByWordsAndByBoth) {
  const auto made =
      InMemorySearch::Create({.dimensions = 2, .documents = 3, .language = "en", .dense_weight = 0.5f});
  ASSERT_TRUE(made.ok()) << made.status();
  InMemorySearch& search = **made;
  ASSERT_TRUE(search.Add(1, "walking in the woods", std::vector<float>{1, 0}).ok());
  ASSERT_TRUE(search.Add(2, "a table", std::vector<float>{0, 1}).ok());
  ASSERT_TRUE(search.Add(3, "walked", {}).ok());
  const std::vector<float> up{0, 1};
  EXPECT_THAT(Ids(search.Find({SearchMode::dense, "walks", up}, 10)), ElementsAre(2, 1));
  EXPECT_THAT(Ids(search.Find({SearchMode::lexical, "walks", {}}, 10)), ElementsAre(3, 1));
  EXPECT_THAT(Ids(search.Find({SearchMode::hybrid, "walks", up}, 10)), ElementsAre(2, 3, 1));
  EXPECT_THAT(Ids(search.Find({SearchMode::hybrid, "walks", {}}, 1)), ElementsAre(3));
  EXPECT_THAT(Ids(search.Find({SearchMode::lexical, "chairs", {}}, 10)), IsEmpty());
  EXPECT_TRUE(absl::IsInvalidArgument(search.Add(2, "again", {})));
}

TEST(InMemorySearchTest, RefusesAnUnknownLanguage) {
  EXPECT_TRUE(absl::IsInvalidArgument(InMemorySearch::Create({.language = "klingon"}).status()));
}

class AsACollectionTest : public EngineFixture {};

// The engine's own answers, but for the rounding of the query's vector, which depends on its batch.
TEST_F(AsACollectionTest, ScoresAreThoseOfACollection) {
  WriteModel();
  Open();
  MakeTexts("c");
  const auto model = engine().GetModel("");
  const auto made = InMemorySearch::Create({.dimensions = static_cast<uint32_t>(model->dimensions),
                                            .documents = 20,
                                            .language = model->language,
                                            .dense_weight = model->dense_weight});
  ASSERT_TRUE(made.ok()) << made.status();
  const auto vector_of = [&](const std::string& text) {
    EmbedRequest request;
    request.texts = {text};
    return engine().Embed(request)->embeddings[0].values;
  };
  for (uint64_t i = 1; i <= 20; ++i) {
    std::string text = "text";
    for (uint64_t j = 0; j < i % 5; ++j) text += " word" + std::to_string(j * i % 7);
    storage::Document document = TextDocument(std::to_string(i), text);
    document.vector = vector_of(text);
    ASSERT_TRUE((*made)->Add(i, text, document.vector).ok());
    ASSERT_TRUE(Put("c", {document}).ok());
  }
  for (const SearchMode mode : {SearchMode::dense, SearchMode::lexical, SearchMode::hybrid}) {
    SearchRequest request;
    request.collection = "c";
    request.text = "word1 word4";
    request.mode = mode;
    const auto expected = engine().Search(request);
    ASSERT_TRUE(expected.ok()) << expected.status();
    const auto found = (*made)->Find({mode, *request.text, vector_of(*request.text)}, 10);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->size(), expected->hits.size());
    for (size_t i = 0; i < found->size(); ++i) {
      EXPECT_EQ(std::to_string((*found)[i].id), expected->hits[i].document.id);
      EXPECT_NEAR((*found)[i].score, expected->hits[i].score, 2e-6);
    }
  }
}

}  // namespace
}  // namespace voisin::service
