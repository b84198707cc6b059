#include "encoder/sentence_breaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "encoder/utf8.h"
#include "encoder/word_breaks.h"

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ByteSpan> Spans(std::string_view text) {
  std::vector<ByteSpan> spans;
  (*SentenceBreaks::Create())->Find(text, spans);
  return spans;
}

std::vector<std::string> Sentences(std::string_view text) {
  std::vector<std::string> sentences;
  for (const ByteSpan span : Spans(text)) {
    sentences.emplace_back(text.substr(span.begin, span.end - span.begin));
  }
  return sentences;
}

TEST(SentenceBreaksTest, EndsSentencesAsUnicodeDoes) {
  EXPECT_THAT(Sentences("  He said \"Go.\" Then he went!  3.5 km? Yes "),
              ElementsAre("He said \"Go.\"", "Then he went!", "3.5 km?", "Yes"));
  EXPECT_THAT(Sentences("C'est l'été. Où vas-tu?"), ElementsAre("C'est l'été.", "Où vas-tu?"));
  EXPECT_THAT(Sentences("猫が好き。犬も好き！"), ElementsAre("猫が好き。", "犬も好き！"));
  EXPECT_THAT(Sentences(""), IsEmpty());
  EXPECT_THAT(Sentences(" \n\t"), IsEmpty());
}

TEST(SentenceBreaksTest, ALineBreakWithinAParagraphEndsNone) {
  EXPECT_THAT(Sentences("A line of\nfixed width\r\nends here. The next"),
              ElementsAre("A line of\nfixed width\r\nends here.", "The next"));
}

TEST(SentenceBreaksTest, ParagraphsAndItemsOfListsEndOne) {
  EXPECT_THAT(
      Sentences("Title\n\nText with\n - an item\n* another\n1. a third\n12) more\n• the last"),
      ElementsAre("Title", "Text with", "- an item", "* another", "1. a third", "12) more", "• the last"));
}

TEST(SentenceBreaksTest, NoSentenceEndsInAWord) {
  EXPECT_THAT(Sentences("가.나"), ElementsAre("가.나")) << "one word of UAX #29";
  EXPECT_THAT(Sentences("see what?yes"), ElementsAre("see what?", "yes"));
}

// Random texts of characters that matter to the rules: all but white space is in one sentence, and no word in two.
TEST(SentenceBreaksTest, SentencesAreDisjointWholeWords) {
  const char* const given = std::getenv("VOISIN_SEED");
  const unsigned seed = given == nullptr ? std::random_device()() : static_cast<unsigned>(std::stoul(given));
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> parts = {"a",  "Be", "1",    ".",  ",", "'",    "\"",     ")",     "?",
                                          "。", "．", "가",   "猫", "ß", "é",    "…",      " ",     " ",
                                          " ",  "\n", "\r\n", "-",  "A", "\xff", "\u200b", "\u0301"};
  const auto words = *WordBreaks::Create();
  for (int round = 0; round < 2000 && !HasFailure(); ++round) {
    std::string text;
    for (unsigned i = 0; i < random() % 30; ++i) text += parts[random() % parts.size()];
    SCOPED_TRACE(text);
    uint32_t at = 0;
    std::vector<ByteSpan> sentences = Spans(text);
    for (const ByteSpan span : sentences) {
      EXPECT_LE(at, span.begin);
      EXPECT_LT(span.begin, span.end);
      EXPECT_EQ(text.substr(at, span.begin - at).find_first_not_of(" \r\n"), std::string::npos);
      at = span.end;
    }
    EXPECT_EQ(text.find_first_not_of(" \r\n", at), std::string::npos);
    std::vector<ByteSpan> found;
    words->Find(text, found);
    for (const ByteSpan word : found) {
      const auto holds = [word](ByteSpan s) { return s.begin <= word.begin && word.end <= s.end; };
      EXPECT_EQ(std::count_if(sentences.begin(), sentences.end(), holds), 1) << word.begin;
    }
  }
}

}  // namespace
}  // namespace voisin::encoder
