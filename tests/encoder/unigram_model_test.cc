#include "encoder/unigram_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Id 0 is "?", the unknown one.
UnigramVocabulary Vocabulary(const std::vector<std::pair<std::string, double>>& pieces) {
  UnigramVocabulary vocabulary;
  vocabulary.reserved_ids = 1;
  vocabulary.pieces = {"?"};
  vocabulary.scores = {0};
  for (const auto& [piece, score] : pieces) {
    vocabulary.pieces.push_back(piece);
    vocabulary.scores.push_back(score);
  }
  return vocabulary;
}

std::vector<Segment> Segments(const UnigramModel& model, std::string_view text) {
  UnigramModel::Lattice lattice;
  std::vector<Segment> segments;
  model.Cut(text, 0, lattice, segments);
  return segments;
}

std::vector<std::string> Pieces(const UnigramVocabulary& vocabulary, std::string_view text) {
  std::vector<std::string> pieces;
  for (const Segment& segment : Segments(UnigramModel(vocabulary), text)) {
    pieces.push_back(vocabulary.pieces[static_cast<size_t>(segment.id)]);
  }
  return pieces;
}

TEST(UnigramModelTest, BestSumWins) {
  const auto vocabulary = Vocabulary({{"a", -1}, {"b", -1}, {"c", -1}, {"ab", -1.5}, {"bc", -1.2}});
  EXPECT_THAT(Pieces(vocabulary, "abc"), ElementsAre("a", "bc"));
  EXPECT_THAT(Pieces(vocabulary, ""), IsEmpty());
}

TEST(UnigramModelTest, NeighbouringUnknownsAreOne) {
  const auto vocabulary = Vocabulary({{"a", -1}});
  const auto segments = Segments(UnigramModel(vocabulary), "a\u4e2d\U0001f600a");
  ASSERT_EQ(segments.size(), 3u);
  EXPECT_EQ(segments[1].id, 0);
  EXPECT_EQ(segments[1].begin, 1u);
  EXPECT_EQ(segments[1].end, 8u);
}

TEST(UnigramModelTest, TiesGoToTheLongerLastPieceUnlessAsked) {
  auto vocabulary = Vocabulary({{"h", -1}, {"m", -1.5}, {"mm", -2}, {"hm", -1.5}});
  EXPECT_THAT(Pieces(vocabulary, "hmm"), ElementsAre("h", "mm"));
  vocabulary.prefer_late_split = true;
  EXPECT_THAT(Pieces(vocabulary, "hmm"), ElementsAre("hm", "m"));
}

TEST(UnigramModelTest, ReservedPiecesNeverMatchAndTheLastOfEqualOnesIsProduced) {
  auto vocabulary = Vocabulary({{"a", -1}, {"a", -3}});
  EXPECT_EQ(Segments(UnigramModel(vocabulary), "a")[0].id, 2);
  EXPECT_EQ(Segments(UnigramModel(vocabulary), "?")[0].id, 0);
  vocabulary.reserved_ids = 3;
  EXPECT_EQ(Segments(UnigramModel(vocabulary), "a")[0].id, 0);
}

TEST(UnigramModelTest, UnknownCompetesWhereNoPieceOfOneCharacterBegins) {
  auto vocabulary = Vocabulary({{"ab", -100}, {"b", -1}});
  vocabulary.has_unknown_score = true;
  vocabulary.unknown_score = -2;
  EXPECT_THAT(Pieces(vocabulary, "ab"), ElementsAre("?", "b"));
  vocabulary.unknown_only_without_piece = true;
  EXPECT_THAT(Pieces(vocabulary, "ab"), ElementsAre("ab"));
}

TEST(UnigramModelTest, SumOfZeroCountsAsUnsetWhenAsked) {
  auto vocabulary = Vocabulary({{"^", -1}, {":", 0}, {")", -4}, {":)", -3}, {"^:", 1}});
  vocabulary.prefer_late_split = true;
  EXPECT_THAT(Pieces(vocabulary, "^:)"), ElementsAre("^:", ")"));
  EXPECT_THAT(Pieces(vocabulary, ":)"), ElementsAre(":)"));
  vocabulary.unset_at_zero = true;
  vocabulary.scores[2] = -1;  // ":)" by ":" and ")" has -5; reached first by ":)" at 0, it is taken for unset
  vocabulary.scores[4] = 0;
  EXPECT_THAT(Pieces(vocabulary, ":)"), ElementsAre(":", ")"));
}

// The best sum over all ways to cut, by trying every one.
double BestSum(const std::map<std::string, double>& scores, double unknown, std::string_view text) {
  if (text.empty()) return 0;
  double best = -1e300;
  for (size_t length = 1; length <= text.size(); ++length) {
    const auto found = scores.find(std::string(text.substr(0, length)));
    if (found != scores.end())
      best = std::max(best, found->second + BestSum(scores, unknown, text.substr(length)));
  }
  if (!scores.contains(std::string(text.substr(0, 1)))) {
    best = std::max(best, unknown + BestSum(scores, unknown, text.substr(1)));
  }
  return best;
}

std::string RandomText(std::mt19937& random, size_t longest) {
  std::string text;
  const size_t length = 1 + random() % longest;
  while (text.size() < length) text += static_cast<char>('a' + random() % 4);
  return text;
}

TEST(UnigramModelTest, AgreesWithTryingEveryCut) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, double> scores;
    for (int i = 0; i < 12; ++i)
      scores[RandomText(random, 4)] = -1 - static_cast<double>(random() % 1000) / 100;
    const UnigramVocabulary vocabulary = Vocabulary({scores.begin(), scores.end()});
    const double unknown = *std::min_element(vocabulary.scores.begin(), vocabulary.scores.end()) - 10;
    const UnigramModel model(vocabulary);
    const std::string text = RandomText(random, 10);
    double sum = 0;
    for (const Segment& segment : Segments(model, text)) {
      const double times = segment.id == 0 ? segment.end - segment.begin : 1;
      sum += times * (segment.id == 0 ? unknown : vocabulary.scores[static_cast<size_t>(segment.id)]);
    }
    ASSERT_NEAR(sum, BestSum(scores, unknown, text), 1e-9) << text;
  }
}

}  // namespace
}  // namespace voisin::encoder
