#include "index/lexical_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread_pool.h"
#include "tests/index/lexical_reference.h"

namespace voisin::index {
namespace {

using test::Terms;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LexicalIndexTest : public ::testing::Test {
 protected:
  LexicalIndexTest() { Open({}); }

  void Open(const LexicalIndex::Options& options) {
    auto opened = LexicalIndex::Open(options, &pool_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    index_ = std::move(opened->index);
  }

  void Add(PointId id, const Terms& terms) {
    const absl::Status added = index_->Add(id, terms);
    ASSERT_TRUE(added.ok()) << added;
  }

  std::vector<Neighbor> Search(const std::vector<QueryTerm>& terms, uint32_t top_k = 10,
                               const PointSet* filter = nullptr, std::optional<float> min_score = {}) {
    const auto result = index_->Search({terms, top_k, filter, min_score});
    EXPECT_TRUE(result.ok()) << result.status();
    return result->neighbors;
  }

  std::vector<PointId> Found(const std::vector<QueryTerm>& terms, uint32_t top_k = 10,
                             const PointSet* filter = nullptr, std::optional<float> min_score = {}) {
    std::vector<PointId> ids;
    for (const Neighbor& neighbor : Search(terms, top_k, filter, min_score)) ids.push_back(neighbor.id);
    return ids;
  }

  std::string AddError(PointId id, const Terms& terms) {
    const absl::Status status = index_->Add(id, terms);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  ThreadPool pool_{{}};
  std::unique_ptr<LexicalIndex> index_;
};

TEST_F(LexicalIndexTest, ScoresByHand) {
  Add(1, {{10, 2}, {20, 1}});  // length 3
  Add(2, {{10, 1}});           // length 1
  Add(3, {{30, 2}});           // length 2; the mean is 2
  // 10 is in 2 of 3: idf ln 1.6. Norms: k1 (0.25 + 0.75 * 3 / 2) = 1.65 and k1 (0.25 + 0.75 / 2) = 0.75.
  const auto found = Search({{10, 1}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id, 2u);
  EXPECT_NEAR(found[0].score, std::log(1.6) * 2.2 / 1.75, 1e-6);
  EXPECT_EQ(found[1].id, 1u);
  EXPECT_NEAR(found[1].score, std::log(1.6) * 2 * 2.2 / 3.65, 1e-6);
}

TEST_F(LexicalIndexTest, TellsHowRareTermsAre) {
  const auto idf = [](double all, double with) { return std::log(1 + (all - with + 0.5) / (with + 0.5)); };
  EXPECT_NEAR(index_->InverseDocumentFrequencies(std::vector<TermId>{10})[0], idf(0, 0), 1e-6);
  for (PointId id = 1; id <= 4; ++id) Add(id, {{10, 3}, {id * 100, 1}});
  index_->WaitUntilIndexed();
  Add(5, {{20, 1}});
  const std::vector<TermId> terms = {20, 10, 999};
  const std::vector<float> before = index_->InverseDocumentFrequencies(terms);
  ASSERT_EQ(before.size(), 3u);
  EXPECT_NEAR(before[0], idf(5, 1), 1e-6);
  EXPECT_NEAR(before[1], idf(5, 4), 1e-6);
  EXPECT_NEAR(before[2], idf(5, 0), 1e-6);
  ASSERT_TRUE(index_->Remove(2));
  EXPECT_NEAR(index_->InverseDocumentFrequencies(terms)[1], idf(4, 3), 1e-6) << "of the living";
  EXPECT_THAT(index_->InverseDocumentFrequencies({}), IsEmpty());
}

TEST_F(LexicalIndexTest, FindsNothing) {
  EXPECT_THAT(Search({{1, 1}}), IsEmpty());
  Add(1, {});
  EXPECT_THAT(Search({{1, 1}}), IsEmpty());
  Add(2, {{5, 1}});
  EXPECT_THAT(Search({{1, 1}}), IsEmpty());
  EXPECT_THAT(Search({}), IsEmpty());
  EXPECT_EQ(index_->Stats().points, 2u);
}

TEST_F(LexicalIndexTest, EqualScoresByAscendingId) {
  for (PointId id : {7u, 3u, 9u, 5u, 1u}) Add(id, {{10, 1}, {20, 1}});
  EXPECT_THAT(Found({{10, 1}}, 3), ElementsAre(1, 3, 5));
  EXPECT_THAT(Found({{20, 1}, {10, 1}}), ElementsAre(1, 3, 5, 7, 9));
}

TEST_F(LexicalIndexTest, WeightsOfATermAdd) {
  Add(1, {{10, 1}});
  Add(2, {{20, 3}});
  EXPECT_EQ(Search({{10, 2}}), Search({{10, 1}, {10, 1}}));
  EXPECT_FLOAT_EQ(Search({{20, 3}})[0].score, 3 * Search({{20, 1}})[0].score);
}

TEST_F(LexicalIndexTest, RemovedPointsCountNoMore) {
  for (PointId id = 1; id <= 6; ++id) Add(id, {{10, 1}, {id, 4}});
  EXPECT_TRUE(index_->Remove(2));
  EXPECT_FALSE(index_->Remove(2));
  EXPECT_FALSE(index_->Remove(77));
  const auto after = Search({{10, 1}});
  Open({});
  for (PointId id : {1u, 3u, 4u, 5u, 6u}) Add(id, {{10, 1}, {id, 4}});
  EXPECT_EQ(Search({{10, 1}}), after);
}

TEST_F(LexicalIndexTest, FilterAndLeastScore) {
  for (PointId id = 1; id <= 9; ++id) Add(id, {{10, static_cast<uint32_t>(id)}, {20, 9}});
  const PointSet filter({2, 4, 6, 50});
  EXPECT_THAT(Found({{10, 1}}, 2, &filter), ElementsAre(6, 4));
  const float fifth = Search({{10, 1}})[4].score;
  EXPECT_THAT(Found({{10, 1}}, 10, nullptr, fifth), ElementsAre(9, 8, 7, 6, 5));
  EXPECT_THAT(Found({{10, 1}}, 10, &filter, fifth), ElementsAre(6));
}

TEST_F(LexicalIndexTest, ScoreIsThatOfSearch) {
  test::LexicalData data(3, 60);
  std::vector<PointId> ids{99};
  for (PointId id = 1; id <= 50; ++id) {
    Add(id, data.NextDocument());
    ids.push_back(id);
  }
  ASSERT_TRUE(index_->Remove(7));
  const std::vector<QueryTerm> query = data.NextQuery();
  std::vector<float> expected(ids.size(), 0);
  for (const Neighbor& neighbor : Search(query, 100)) expected[neighbor.id] = neighbor.score;
  EXPECT_EQ(index_->Score(query, ids).value(), expected);
}

TEST_F(LexicalIndexTest, ParamsAtRunTime) {
  Add(1, {{10, 4}, {20, 30}});
  Add(2, {{10, 1}});
  EXPECT_THAT(Found({{10, 1}}), ElementsAre(2, 1));
  index_->SetParams({.k1 = 1.2f, .b = 0});
  EXPECT_THAT(Found({{10, 1}}), ElementsAre(1, 2));
  index_->SetParams({.k1 = 0, .b = 0.75f});
  const auto found = Search({{10, 1}});
  EXPECT_EQ(found[0].score, found[1].score);
}

TEST_F(LexicalIndexTest, BadInputIsNamed) {
  EXPECT_THAT(AddError(1, {{5, 1}, {6, 1}, {5, 2}}), HasSubstr("found 5 twice"));
  EXPECT_THAT(AddError(1, {{5, 0}}), HasSubstr("term 5: expected a count of at least 1"));
  EXPECT_THAT(AddError(1, {{5, 1u << 24}}), HasSubstr("at most 16777215"));
  Add(1, {{5, 1}});
  EXPECT_THAT(AddError(1, {{6, 1}}), HasSubstr("found a live point"));
  for (float weight : {0.0f, -1.0f, std::nanf(""), INFINITY}) {
    EXPECT_EQ(index_->Search({{{{QueryTerm{5, weight}}}}}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  const QueryTerm one{5, 1};
  EXPECT_EQ(index_->Search({std::span(&one, 1), 0}).status().message(),
            "top_k: expected at least 1, found 0");
  EXPECT_FALSE(LexicalIndex::Open({}, nullptr).ok());
  EXPECT_THAT(CheckLexicalParams({.k1 = 11}).message(), HasSubstr("k1: expected 0"));
  EXPECT_THAT(CheckLexicalParams({.b = -0.1f}).message(), HasSubstr("b: expected 0"));
  EXPECT_FALSE(CheckLexicalParams({.k1 = std::nanf("")}).ok());
}

}  // namespace
}  // namespace voisin::index
