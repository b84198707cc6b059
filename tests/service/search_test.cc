#include <random>

#include "absl/time/clock.h"
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SearchTest : public EngineFixture {
 protected:
  void PutCompass() {
    MakeVectors("points", 2);
    ASSERT_TRUE(Put("points", {VectorDocument("east", {2, 0}, {{"side", {std::string("right")}}}),
                               VectorDocument("north", {0, 3}, {{"side", {std::string("up")}}}),
                               VectorDocument("west", {-1, 0}, {{"side", {std::string("left")}}}),
                               VectorDocument("north-east", {1, 1}, {{"side", {std::string("right")}}})})
                    .ok());
  }
};

TEST_F(SearchTest, RanksByCosineWhateverTheLengths) {
  Open();
  PutCompass();
  const auto result = engine().Search(VectorQuery("points", {5, 1}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(IdsOf(*result), ElementsAre("east", "north-east", "north", "west"));
  EXPECT_NEAR(result->hits[0].score, 5 / std::sqrt(26.0), 1e-5);
  EXPECT_EQ(result->path, index::SearchPath::exact);
  EXPECT_EQ(result->scored, 4u);
  EXPECT_FALSE(result->underfilled);
}

TEST_F(SearchTest, FiltersBeforeItRanks) {
  Open();
  PutCompass();
  SearchRequest query = VectorQuery("points", {-1, 0}, 2);
  query.filter = "side = \"right\"";
  const auto result = engine().Search(query);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(IdsOf(*result), ElementsAre("north-east", "east"));
  EXPECT_EQ(result->path, index::SearchPath::filtered_exact);
  query.filter = "side = \"nowhere\"";
  EXPECT_THAT(FindIds(query), IsEmpty());
}

TEST_F(SearchTest, ByDocumentLeavesItOut) {
  Open();
  PutCompass();
  SearchRequest query;
  query.collection = "points";
  query.document_id = "east";
  query.top_k = 2;
  EXPECT_THAT(FindIds(query), ElementsAre("north-east", "north"));
  query.top_k = 10;
  const auto all = engine().Search(query);
  EXPECT_EQ(all->hits.size(), 3u);
  EXPECT_FALSE(all->underfilled);
  query.document_id = "absent";
  const absl::Status status = engine().Search(query).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ResourceOf(status)->type, "document");
}

TEST_F(SearchTest, HonoursMinScoreAndMask) {
  Open();
  PutCompass();
  SearchRequest query = VectorQuery("points", {1, 0});
  query.min_score = 0.5f;
  query.mask = {.text = false, .metadata = false, .vector = true};
  const auto result = engine().Search(query);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_THAT(IdsOf(*result), ElementsAre("east", "north-east"));
  EXPECT_THAT(result->hits[0].document.vector, ElementsAre(2, 0));
  EXPECT_TRUE(result->hits[0].document.metadata.empty());
  EXPECT_FALSE(result->underfilled);
}

TEST_F(SearchTest, ScoresByTheCollectionsMetric) {
  Open();
  MakeVectors("dots", 2, index::Metric::dot);
  MakeVectors("distances", 2, index::Metric::l2);
  for (const char* id : {"dots", "distances"}) {
    ASSERT_TRUE(Put(id, {VectorDocument("long", {9, 9}), VectorDocument("near", {1, 0})}).ok());
  }
  EXPECT_THAT(FindIds(VectorQuery("dots", {1, 0})), ElementsAre("long", "near"));
  EXPECT_THAT(FindIds(VectorQuery("distances", {1, 0})), ElementsAre("near", "long"));
}

TEST_F(SearchTest, ReadsYourOwnWriteAndRefusesTheFuture) {
  Open();
  MakeVectors("points", 2);
  const auto put = Put("points", {VectorDocument("a", {1, 0})});
  SearchRequest query = VectorQuery("points", {1, 0});
  query.min_lsn = put->lsn;
  EXPECT_THAT(FindIds(query), ElementsAre("a"));
  query.min_lsn = put->lsn + 5;
  const absl::Status status = engine().Search(query).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(PreconditionOf(status)->type, "MIN_LSN");
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("expected at most 1"));
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("got 6"));
}

TEST_F(SearchTest, FillsTheAnswerThoughTheNearestHaveExpired) {
  Open();
  MakeVectors("points", 2);
  std::vector<storage::Document> documents;
  for (int i = 0; i < 100; ++i) {
    documents.push_back(VectorDocument("old" + std::to_string(i), {1, 0.001f * float(i)}));
    documents.back().expire_time_us = absl::ToUnixMicros(absl::Now()) + 200'000;
    documents.push_back(VectorDocument("new" + std::to_string(i), {1, 1 + 0.001f * float(i)}));
  }
  ASSERT_TRUE(Put("points", std::move(documents)).ok());
  absl::SleepFor(absl::Milliseconds(250));
  const auto result = engine().Search(VectorQuery("points", {1, 0}, 3));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(IdsOf(*result), ElementsAre("new0", "new1", "new2"));
  EXPECT_FALSE(result->underfilled);
}

TEST_F(SearchTest, StopsForADeadlineAndForACallerWhoLeft) {
  Open();
  PutCompass();
  CallContext late;
  late.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_TRUE(absl::IsDeadlineExceeded(engine().Search(VectorQuery("points", {1, 0}), late).status()));
  CallContext gone;
  gone.cancelled = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(engine().Search(VectorQuery("points", {1, 0}), gone).status()));
  EXPECT_TRUE(
      absl::IsCancelled(engine().Upsert({"points", {VectorDocument("x", {1, 1})}, "", {}}, gone).status()));
  EXPECT_EQ(engine().Count("points").value(), 4u);
}

TEST_F(SearchTest, FindsTextByMeaningOfTheModel) {
  WriteModel();
  Open();
  MakeTexts("texts");
  ASSERT_TRUE(Put("texts", {TextDocument("a", "the cat sat"), TextDocument("b", "a banana split"),
                            TextDocument("c", "numbers 123")})
                  .ok());
  SearchRequest query;
  query.collection = "texts";
  query.text = "a banana split";
  const auto result = engine().Search(query);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->hits.size(), 3u);
  EXPECT_EQ(result->hits[0].document.id, "b");
  EXPECT_NEAR(result->hits[0].score, 1, 1e-5);
  EXPECT_EQ(result->hits[0].document.text, "a banana split");
}

// Exact search and graph search under random filters against a scan of everything.
TEST_F(SearchTest, AgreesWithAScanUnderFilters) {
  options_.seal_points = 400;  // several graphs
  Open();
  MakeVectors("points", 8);
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<storage::Document> all;
  for (int i = 0; i < 2000; ++i) {
    std::vector<float> vector(8);
    for (float& value : vector) value = normal(random);
    all.push_back(VectorDocument(std::to_string(i), std::move(vector), {{"n", {double(i % 100)}}}));
  }
  for (size_t i = 0; i < all.size(); i += 500) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i);
    ASSERT_TRUE(Put("points", {begin, begin + 500}).ok());
  }
  const auto cosine = [](const std::vector<float>& a, const std::vector<float>& b) {
    double product = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      product += double{a[i]} * double{b[i]};
      aa += double{a[i]} * double{a[i]};
      bb += double{b[i]} * double{b[i]};
    }
    return product / std::sqrt(aa * bb);
  };
  for (int round = 0; round < 30; ++round) {
    const int below = round % 3 == 0 ? 2 : round % 3 == 1 ? 50 : 100;
    SearchRequest query = VectorQuery("points", all[size_t{7} * static_cast<size_t>(round)].vector, 10);
    query.filter = "n < " + std::to_string(below);
    query.exact = round % 2 == 0;
    std::vector<double> scores;
    for (const storage::Document& document : all) {
      if (std::get<double>(document.metadata.at("n").data) < below) {
        scores.push_back(cosine(*query.vector, document.vector));
      }
    }
    std::sort(scores.begin(), scores.end(), std::greater<>());
    const auto result = engine().Search(query);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_EQ(result->hits.size(), 10u) << query.filter;
    int missed = 0;
    for (size_t i = 0; i < result->hits.size(); ++i) {
      const double n = std::get<double>(result->hits[i].document.metadata.at("n").data);
      EXPECT_LT(n, below);
      missed += result->hits[i].score < static_cast<float>(scores[9]) - 1e-4f;
      if (query.exact) {
        EXPECT_NEAR(result->hits[i].score, scores[i], 1e-4);
      }
    }
    EXPECT_LE(missed, query.exact ? 0 : 1) << query.filter;
  }
}

}  // namespace
}  // namespace voisin::service
