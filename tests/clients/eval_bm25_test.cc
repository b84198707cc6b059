#include "clients/cli/eval_bm25.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "clients/cli/eval_words.h"

namespace voisin::cli {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Words(std::string_view text, Language language) {
  return (*WordSplitter::Create(language))->Split(text);
}

TEST(WordSplitterTest, LowerCasesAndFoldsAccents) {
  EXPECT_THAT(Words("Élève, ÜBER-Straße №5 ﬁn 3.14!", Language::other),
              ElementsAre("eleve", "uber", "straße", "no5", "fin", "3.14"));
  EXPECT_THAT(Words("  ... \n", Language::other), ElementsAre());
  EXPECT_THAT(Words("", Language::other), ElementsAre());
}

TEST(WordSplitterTest, KeepsMarksThatAreNoAccents) {
  EXPECT_THAT(Words("が हिन्दी", Language::other), ElementsAre("が", "हिन्दी"));
}

// Stems as snowballstem.org's own vocabulary of the English stemmer (porter2) lists them.
TEST(WordSplitterTest, StemsEnglishAndDropsItsCommonWords) {
  EXPECT_THAT(Words("The generalizations of the consigned dogs' knightly skis", Language::english),
              ElementsAre("general", "consign", "dog", "knight", "ski"));
  EXPECT_THAT(Words("It’s not the dog’s", Language::english), ElementsAre("it", "dog"));
}

TEST(GuessLanguageTest, KnowsEnglishFromOthers) {
  const std::vector<std::string> english = {"The wing of the aircraft is in a flow of air."};
  const std::vector<std::string> french = {"Un homme joue de la guitare, et le chien est à la maison."};
  const std::vector<std::string> german = {
      "Der Mann spielt am Abend in dem alten Haus Gitarre, und sie singt dazu ein Lied."};
  EXPECT_EQ(*GuessLanguage(english), Language::english);
  EXPECT_EQ(*GuessLanguage(french), Language::other);
  EXPECT_EQ(*GuessLanguage(german), Language::other);
  EXPECT_EQ(*GuessLanguage(std::vector<std::string>{"", " "}), Language::other);
}

// Two documents of lengths 2 and 4, mean 3. "cat" stands in both: idf = ln(1 + 0.5 / 2.5); "dog" twice in the second:
// idf = ln(1 + 1.5 / 1.5).
TEST(Bm25Test, EqualsTheFormulaByHand) {
  const std::vector<std::vector<std::string>> documents = {{"cat", "eats"}, {"dog", "cat", "dog", "runs"}};
  const Bm25 bm25(documents);
  std::vector<double> scores(2, -1);
  bm25.Score(std::vector<std::string>{"dog", "cat", "bird"}, scores);
  const double cat = std::log(1.2);
  const double dog = std::log(2.0);
  EXPECT_DOUBLE_EQ(scores[0], cat * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 3)));
  const double norm = 1.2 * (0.25 + 0.75 * 4 / 3);
  EXPECT_DOUBLE_EQ(scores[1], dog * 2 * 2.2 / (2 + norm) + cat * 2.2 / (1 + norm));
}

TEST(Bm25Test, AWordTwiceInTheQueryCountsTwice) {
  const std::vector<std::vector<std::string>> documents = {{"a", "b"}, {"c"}, {}};
  const Bm25 bm25(documents);
  std::vector<double> once(3);
  std::vector<double> twice(3);
  bm25.Score(std::vector<std::string>{"a"}, once);
  bm25.Score(std::vector<std::string>{"a", "a"}, twice);
  EXPECT_GT(once[0], 0);
  EXPECT_DOUBLE_EQ(twice[0], 2 * once[0]);
  EXPECT_THAT(once, ElementsAre(once[0], 0, 0));
}

TEST(Bm25Test, NothingToSearchScoresNothing) {
  const std::vector<std::vector<std::string>> documents = {{}, {}};
  std::vector<double> scores(2, 1);
  Bm25(documents).Score(std::vector<std::string>{"a"}, scores);
  EXPECT_THAT(scores, ElementsAre(0, 0));
}

}  // namespace
}  // namespace voisin::cli
