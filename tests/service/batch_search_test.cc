#include "absl/time/clock.h"
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

class BatchSearchTest : public EngineFixture {
 protected:
  void PutTexts() {
    WriteModel();
    Open();
    MakeTexts("texts");
    std::vector<storage::Document> documents;
    for (int i = 0; i < 50; ++i) {
      documents.push_back(TextDocument("t" + std::to_string(i),
                                       i % 2 == 0 ? "the cat sat" : "a dog ran " + std::to_string(i)));
    }
    ASSERT_TRUE(Put("texts", std::move(documents)).ok());
  }
  static SearchRequest TextQuery(std::string text) {
    SearchRequest query;
    query.collection = "texts";
    query.text = std::move(text);
    return query;
  }
};

TEST_F(BatchSearchTest, AnswersAsSingleSearchesDo) {
  PutTexts();
  std::vector<SearchRequest> requests;
  for (int i = 0; i < 40; ++i) {
    requests.push_back(TextQuery("query " + std::string(static_cast<size_t>(i % 7), 'x') + " cat"));
    requests.back().top_k = static_cast<uint32_t>(1 + i % 5);
  }
  const auto results = engine().BatchSearch(requests);
  ASSERT_EQ(results.size(), requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto single = engine().Search(requests[i]);
    ASSERT_TRUE(results[i].ok() && single.ok()) << results[i].status() << single.status();
    EXPECT_EQ(IdsOf(*results[i]), IdsOf(*single)) << i;
    for (size_t hit = 0; hit < single->hits.size(); ++hit) {
      EXPECT_NEAR(results[i]->hits[hit].score, single->hits[hit].score, 1e-5);
    }
  }
}

TEST_F(BatchSearchTest, EachFailsAlone) {
  PutTexts();
  std::vector<SearchRequest> requests = {TextQuery("cat"), TextQuery(""), TextQuery("dog"), TextQuery("cat"),
                                         TextQuery("cat")};
  std::string too_long;  // for the model
  for (int i = 0; i < 100; ++i) too_long += "cat ";
  requests[2].text = too_long;
  requests[3].collection = "absent";
  const auto results = engine().BatchSearch(requests);
  EXPECT_TRUE(results[0].ok()) << results[0].status();
  EXPECT_TRUE(IsInvalidAt(results[1].status(), "text", ""));
  EXPECT_TRUE(IsInvalidAt(results[2].status(), "text", "tokens"));
  EXPECT_TRUE(absl::IsNotFound(results[3].status()));
  EXPECT_TRUE(results[4].ok()) << results[4].status();
}

TEST_F(BatchSearchTest, EndsAtTheDeadline) {
  PutTexts();
  CallContext late;
  late.deadline = absl::Now() - absl::Seconds(1);
  for (const auto& result : engine().BatchSearch({TextQuery("cat"), TextQuery("dog")}, late)) {
    EXPECT_TRUE(absl::IsDeadlineExceeded(result.status())) << result.status();
  }
}

// The model is loaded by the first request, while the texts of the batch wait for it.
TEST_F(BatchSearchTest, WaitsForTheModel) {
  PutTexts();
  Restart();
  for (const auto& result : engine().BatchSearch({TextQuery("cat"), TextQuery("dog"), TextQuery("cat")})) {
    EXPECT_TRUE(result.ok()) << result.status();
  }
}

}  // namespace
}  // namespace voisin::service
