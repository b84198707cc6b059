#include "encoder/word_analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "encoder/stemmer.h"
#include "encoder/word_analyzers.h"

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Forms(std::string_view text, std::string_view language) {
  return (*WordAnalyzer::Create(language))->Forms(text);
}

TEST(WordAnalyzerTest, LowerCasesAndFoldsAccents) {
  EXPECT_THAT(Forms("Élève, ÜBER-Straße №5 ﬁn 3.14!", "none"),
              ElementsAre("eleve", "uber", "straße", "no", "5", "fin", "3.14"));
  EXPECT_THAT(Forms("Ｆｕｌｌ ＩＳＴＡＮＢＵＬ İstanbul ΣΟΦΟΣ", "none"),
              ElementsAre("full", "istanbul", "istanbul", "σοφος"));
  EXPECT_THAT(Forms("  ... \n", "none"), ElementsAre());
  EXPECT_THAT(Forms("", "none"), ElementsAre());
}

TEST(WordAnalyzerTest, KeepsMarksThatAreNoAccents) {
  EXPECT_THAT(Forms("が हिन्दी", "none"), ElementsAre("が", "हिन्दी"));
}

// Stems as snowballstem.org's own vocabulary of the English stemmer (porter2) lists them.
TEST(WordAnalyzerTest, StemsEnglishAndDropsItsCommonWords) {
  EXPECT_THAT(Forms("The generalizations of the consigned dogs' knightly skis", "en"),
              ElementsAre("general", "consign", "dog", "knight", "ski"));
  EXPECT_THAT(Forms("It’s not the dog’s", "en"), ElementsAre("it", "dog"));
}

TEST(WordAnalyzerTest, EveryLanguageHasAStemmer) {
  for (const std::string& code : StemmedLanguages()) EXPECT_TRUE(WordAnalyzer::Create(code).ok()) << code;
  EXPECT_EQ(*LanguageCode("German"), "de");
  EXPECT_EQ(*LanguageCode("EN"), "en");
  EXPECT_EQ(*LanguageCode("none"), "none");
  EXPECT_EQ(*LanguageCode(""), "none");
}

TEST(WordAnalyzerTest, RefusesAnUnknownLanguage) {
  const absl::Status status = WordAnalyzer::Create("klingon").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("ar, ca, da"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("got \"klingon\""));
}

TEST(WordAnalyzerTest, SaysWhereAWordStandsInTheText) {
  const std::string text = "Ein Élan: dog’s, ﬁn";
  std::vector<std::string> found;
  for (const AnalyzedWord& word : (*WordAnalyzer::Create("none"))->Analyze(text)) {
    found.push_back(text.substr(word.begin, word.end - word.begin));
  }
  EXPECT_THAT(found, ElementsAre("Ein", "Élan", "dog’s", "ﬁn"));
}

// Terms lie on disk: these numbers, made with the library of XXH3 itself, never change.
TEST(WordAnalyzerTest, TermsAreFrozen) {
  const auto words = (*WordAnalyzer::Create("english"))->Analyze("Searching élan 42");
  ASSERT_EQ(words.size(), 3U);
  EXPECT_EQ(words[0].term, 0x9cf566379bbe00daU);
  EXPECT_EQ(words[1].term, 0xc61e700f43363a74U);
  EXPECT_EQ(words[2].term, 0x1217cb28c0ef2191U);
}

// More words than the analyzer remembers, most of them more than once.
TEST(WordAnalyzerTest, AWordThatWasSeenBeforeHasTheSameTerm) {
  const auto analyzer = *WordAnalyzer::Create("en");
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    text += i % 5 == 0 ? "the " : "";
    text += "Wörds" + std::to_string((i * 7919) % 6000) + "ing ";
  }
  for (int again = 0; again < 2; ++again) {
    const std::vector<AnalyzedWord> words = analyzer->Analyze(text);
    const std::vector<std::string> forms = analyzer->Forms(text);
    ASSERT_EQ(words.size(), 20000U) << "stop words are dropped each time";
    ASSERT_EQ(forms.size(), 20000U);
    for (size_t i = 0; i < words.size(); ++i) ASSERT_EQ(words[i].term, TermOf(forms[i])) << forms[i];
  }
}

TEST(WordAnalyzerTest, OfAVeryLongWordTheBeginningDecides) {
  const auto analyzer = *WordAnalyzer::Create("none");
  const std::string same(256, 'x');
  const std::string text = same + "a " + same + "b " + same.substr(1) + "é";
  const std::vector<AnalyzedWord> words = analyzer->Analyze(text);
  ASSERT_EQ(words.size(), 3U);
  EXPECT_EQ(words[0].term, words[1].term);
  EXPECT_EQ(words[0].end, 257U);
  EXPECT_EQ(words[2].term, TermOf(same.substr(1)));  // no half character
  EXPECT_EQ(words[2].end, text.size());
}

TEST(WordAnalyzersTest, ShareAnalyzersOfALanguageAmongThreads) {
  WordAnalyzers analyzers;
  const SharedAnalyzer* english = *analyzers.ForLanguage("english");
  EXPECT_EQ(english, *analyzers.ForLanguage("en"));
  EXPECT_EQ(english->language(), "en");
  EXPECT_NE(english, *analyzers.ForLanguage("none"));
  EXPECT_FALSE(analyzers.ForLanguage("klingon").ok());

  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([english, t] {
      const std::string word = "thread" + std::string(1, static_cast<char>('a' + t));
      for (int i = 0; i < 500; ++i) {
        const std::vector<AnalyzedWord> words = english->Analyze(word + " élans");
        ASSERT_EQ(words.size(), 2U);
        ASSERT_EQ(words[0].term, TermOf(word));
        ASSERT_EQ(words[1].term, TermOf("elan"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace voisin::encoder
