#include "service/fusion.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;

struct Two {
  std::vector<index::PointId> ids;
  std::vector<index::Neighbor> dense_ranked, lexical_ranked;
  std::vector<float> dense, lexical;
};

std::vector<Fused> FuseTwo(const Two& two, float weight, Fusion fusion = {},
                           index::Metric metric = index::Metric::cosine) {
  return Fuse(fusion, weight, metric, two.ids, {two.dense_ranked, two.dense},
              {two.lexical_ranked, two.lexical});
}

// Point 3 is only among the dense candidates, 9 only among the lexical ones.
const Two kTwo = {{3, 5, 9}, {{3, 0.8f}, {5, 0.6f}}, {{9, 8}, {5, 4}}, {0.8f, 0.6f, 0.1f}, {1, 4, 8}};

std::vector<index::PointId> Order(const std::vector<Fused>& fused) {
  std::vector<index::PointId> ids;
  for (const Fused& one : fused) ids.push_back(one.neighbor.id);
  return ids;
}

TEST(Fuse, SumsBothScoresOfEveryCandidate) {
  const std::vector<Fused> fused = FuseTwo(kTwo, 0.75f);
  EXPECT_THAT(Order(fused), ElementsAre(3, 5, 9));
  EXPECT_FLOAT_EQ(fused[0].neighbor.score, 0.75f * 0.8f + 0.25f / 8);
  EXPECT_FLOAT_EQ(fused[1].neighbor.score, 0.75f * 0.6f + 0.25f / 2);
  EXPECT_FLOAT_EQ(fused[2].neighbor.score, 0.75f * 0.1f + 0.25f);
  EXPECT_EQ(fused[0].match, (Match{0.8f, 1, 1, 0}));
  EXPECT_EQ(fused[1].match, (Match{0.6f, 4, 2, 2}));
  EXPECT_EQ(fused[2].match, (Match{0.1f, 8, 0, 1}));
  EXPECT_THAT(Order(FuseTwo(kTwo, 0)), ElementsAre(9, 5, 3)) << "words alone";
}

TEST(Fuse, OfRanksAListThatLacksTheDocumentAddsNothing) {
  const Fusion rrf{.kind = Fusion::Kind::rrf, .dense_weight = {}, .rrf_k = 0, .candidates = 0};
  const std::vector<Fused> fused = FuseTwo(kTwo, 0.5f, rrf);
  EXPECT_THAT(Order(fused), ElementsAre(5, 3, 9)) << "equal scores by ascending id";
  EXPECT_FLOAT_EQ(fused[0].neighbor.score, 0.5f / 62 + 0.5f / 62);
  EXPECT_FLOAT_EQ(fused[1].neighbor.score, 0.5f / 61);
  Fusion steep = rrf;
  steep.rrf_k = 1;
  EXPECT_FLOAT_EQ(FuseTwo(kTwo, 0.5f, steep)[0].neighbor.score, 0.5f / 3 + 0.5f / 3);
}

TEST(Fuse, ScoresOfEveryMetricComeToOneScale) {
  Two dots = kTwo;
  dots.dense = {20, 10, -5};
  EXPECT_FLOAT_EQ(FuseTwo(dots, 1, {}, index::Metric::dot)[1].neighbor.score, 0.5f);
  Two distances = kTwo;
  distances.dense = {0, -1, -3};
  const std::vector<Fused> fused = FuseTwo(distances, 1, {}, index::Metric::l2);
  EXPECT_FLOAT_EQ(fused[0].neighbor.score, 1);
  EXPECT_FLOAT_EQ(fused[1].neighbor.score, 0.5f);
  EXPECT_FLOAT_EQ(fused[2].neighbor.score, 0.25f);
}

TEST(Fuse, WithoutAnyWordOrCandidateThereIsNoDivisionByZero) {
  Two wordless = kTwo;
  wordless.lexical = {0, 0, 0};
  wordless.lexical_ranked.clear();
  EXPECT_FLOAT_EQ(FuseTwo(wordless, 0.5f)[0].neighbor.score, 0.4f);
  EXPECT_TRUE(FuseTwo({}, 0.5f).empty());
}

Fusion With(std::optional<float> dense_weight, uint32_t rrf_k, uint32_t candidates) {
  return {Fusion::Kind::weighted, dense_weight, rrf_k, candidates};
}

TEST(CheckFusion, NamesWhatIsOutOfRange) {
  EXPECT_TRUE(CheckFusion({}).ok());
  EXPECT_TRUE(CheckFusion(With(1, 10'000, 10'000)).ok());
  EXPECT_TRUE(IsInvalidAt(CheckFusion(With(1.5f, 0, 0)), "fusion.dense_weight", "from 0 to 1, got 1.5"));
  EXPECT_TRUE(IsInvalidAt(CheckFusion(With(std::nanf(""), 0, 0)), "fusion.dense_weight", "got nan"));
  EXPECT_TRUE(IsInvalidAt(CheckFusion(With({}, 10'001, 0)), "fusion.rrf_k", "10001"));
  EXPECT_TRUE(IsInvalidAt(CheckFusion(With({}, 0, 10'001)), "fusion.candidates", "10001"));
}

}  // namespace
}  // namespace voisin::service
