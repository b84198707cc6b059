#include "service/mmr.h"

#include <limits>

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;

std::vector<std::string> Choose(Diversity diversity, uint32_t count, index::Metric metric,
                                const std::vector<std::vector<float>>& vectors,
                                const std::vector<float>& scores) {
  Diversifier diversifier(diversity, count, index::Scorer(metric, vectors.front().size()));
  for (size_t i = 0; i < vectors.size(); ++i) {
    Hit hit;
    hit.score = scores[i];
    hit.document.id = std::to_string(i);
    hit.document.vector = vectors[i];
    diversifier.Offer(std::move(hit));
  }
  std::vector<std::string> ids;
  for (const Hit& hit : diversifier.Take()) ids.push_back(hit.document.id);
  return ids;
}

// Two twins near the query and one document aside; worked out by hand.
TEST(MmrTest, PutsTheTwinLast) {
  const std::vector<std::vector<float>> vectors = {{2, 0}, {4, 0}, {0, 1}};
  const std::vector<float> scores = {0.9f, 0.9f, 0.4f};
  // After 0: 1 has 0.5 * 0.9 - 0.5 * 1 = -0.05, 2 has 0.5 * 0.4 - 0 = 0.2.
  EXPECT_THAT(Choose({0.5f, 0}, 3, index::Metric::cosine, vectors, scores), ElementsAre("0", "2", "1"));
  EXPECT_THAT(Choose({1, 0}, 3, index::Metric::cosine, vectors, scores), ElementsAre("0", "1", "2"));
  EXPECT_THAT(Choose({0, 0}, 2, index::Metric::cosine, vectors, scores), ElementsAre("0", "2"));
}

TEST(MmrTest, MeasuresSimilarityAsTheCollectionDoes) {
  // l2: after 0, 1 lies at squared distance 1 and 2 at 100.
  EXPECT_THAT(Choose({0.5f, 0}, 2, index::Metric::l2, {{0, 0}, {1, 0}, {10, 0}}, {0, -1, -100}),
              ElementsAre("0", "1"));  // 0.5 * -1 + 0.5 * 1 = 0 = 0.5 * -100 + 0.5 * 100: the better one
  EXPECT_THAT(Choose({0.25f, 0}, 2, index::Metric::l2, {{0, 0}, {1, 0}, {10, 0}}, {0, -1, -100}),
              ElementsAre("0", "2"));
  // dot: 1 has 2 - 1 * 4 = -2, 2 has 1 - 1 * 0.
  EXPECT_THAT(Choose({0.5f, 0}, 2, index::Metric::dot, {{2, 0}, {2, 0}, {0, 3}}, {2, 2, 1}),
              ElementsAre("0", "2"));
}

TEST(MmrTest, ChecksItsParameters) {
  EXPECT_TRUE(CheckDiversity({0, 0}, 10).ok());
  EXPECT_TRUE(CheckDiversity({1, 1000}, 1000).ok());
  EXPECT_TRUE(CheckDiversity({0.5f, 0}, 1000).ok());
  EXPECT_TRUE(IsInvalidAt(CheckDiversity({1.5f, 0}, 10), "diversity.lambda", "got 1.5"));
  EXPECT_TRUE(IsInvalidAt(CheckDiversity({-0.1f, 0}, 10), "diversity.lambda", "expected a number 0 to 1"));
  EXPECT_TRUE(IsInvalidAt(CheckDiversity({std::numeric_limits<float>::quiet_NaN(), 0}, 10),
                          "diversity.lambda", "got nan"));
  EXPECT_TRUE(IsInvalidAt(CheckDiversity({0.5f, 9}, 10), "diversity.candidates", "expected 10 (top_k)"));
  EXPECT_TRUE(IsInvalidAt(CheckDiversity({0.5f, 1001}, 10), "diversity.candidates", "to 1000"));
}

}  // namespace
}  // namespace voisin::service
