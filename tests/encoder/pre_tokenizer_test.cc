#include "encoder/pre_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encoder/normalizer.h"

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Words(std::string_view text, const std::vector<PreTokenizerStep>& steps,
                               uint32_t position = 0) {
  const WordList list = PreTokenize(Normalize(text, position, {}), steps);
  std::vector<std::string> words;
  for (const Word& word : list.words)
    words.push_back(list.text.text.substr(word.begin, word.end - word.begin));
  EXPECT_EQ(list.text.source.size(), list.text.text.size());
  return words;
}

TEST(PreTokenizerTest, NothingToDoLeavesOneWord) { EXPECT_THAT(Words("a b", {}), ElementsAre("a b")); }

TEST(PreTokenizerTest, EmptyTextHasNoWord) { EXPECT_THAT(Words("", {Metaspace{}}), IsEmpty()); }

TEST(PreTokenizerTest, MetaspaceMarksWords) {
  EXPECT_THAT(Words("a  b", {Metaspace{.split = false}}), ElementsAre("\u2581a\u2581\u2581b"));
  EXPECT_THAT(Words("a  b", {Metaspace{}}), ElementsAre("\u2581a", "\u2581", "\u2581b"));
  EXPECT_THAT(Words("a b", {Metaspace{.replacement = "_"}}), ElementsAre("_a", "_b"));
}

TEST(PreTokenizerTest, MarkIsNotDoubledUnlessAsked) {
  EXPECT_THAT(Words(" a", {Metaspace{.split = false}}), ElementsAre("\u2581a"));
  EXPECT_THAT(Words(" a", {Metaspace{.prepend_to_marked = true, .split = false}}),
              ElementsAre("\u2581\u2581a"));
  EXPECT_THAT(Words(" a", {Metaspace{}}), ElementsAre("\u2581a"));
}

TEST(PreTokenizerTest, PrependSchemes) {
  EXPECT_THAT(Words("a", {Metaspace{.prepend = MetaspacePrepend::never}}), ElementsAre("a"));
  EXPECT_THAT(Words("a", {Metaspace{.prepend = MetaspacePrepend::first}}), ElementsAre("\u2581a"));
  EXPECT_THAT(Words("a", {Metaspace{.prepend = MetaspacePrepend::first}}, 3), ElementsAre("a"));
}

TEST(PreTokenizerTest, WhiteSpaceSplitDropsWhatSeparates) {
  EXPECT_THAT(Words("\t a\u2028b\n\u00e9 ", {WhitespaceSplit{}, Metaspace{}}),
              ElementsAre("\u2581a", "\u2581b", "\u2581\u00e9"));
  EXPECT_THAT(Words(" \t\n", {WhitespaceSplit{}, Metaspace{}}), IsEmpty());
}

TEST(PreTokenizerTest, BertIsolatesPunctuation) {
  EXPECT_THAT(Words(" it's $5\u3002ok \u20ac", {BertPreTokenizer{}}),
              ElementsAre("it", "'", "s", "$", "5", "\u3002", "ok", "\u20ac"));
}

TEST(PreTokenizerTest, WordRunsDropWhiteSpace) {
  EXPECT_THAT(Words("a_b\u0301 ..!c", {WordRuns{}}), ElementsAre("a_b\u0301", "..!", "c"));
}

TEST(PreTokenizerTest, Behaviors) {
  const auto split = [](SplitBehavior behavior) { return Words("a--b-", {LiteralSplit{"-", behavior}}); };
  EXPECT_THAT(split(SplitBehavior::removed), ElementsAre("a", "b"));
  EXPECT_THAT(split(SplitBehavior::isolated), ElementsAre("a", "-", "-", "b", "-"));
  EXPECT_THAT(split(SplitBehavior::merged_with_previous), ElementsAre("a-", "-", "b-"));
  EXPECT_THAT(split(SplitBehavior::merged_with_next), ElementsAre("a", "-", "-b", "-"));
  EXPECT_THAT(split(SplitBehavior::contiguous), ElementsAre("a", "--", "b", "-"));
}

TEST(PreTokenizerTest, DigitsAndPunctuation) {
  EXPECT_THAT(Words("a12\u00bdb", {DigitSplit{}}), ElementsAre("a", "12\u00bd", "b"));
  EXPECT_THAT(Words("a12", {DigitSplit{.individual_digits = true}}), ElementsAre("a", "1", "2"));
  EXPECT_THAT(Words("a?!b", {PunctuationSplit{}}), ElementsAre("a", "?", "!", "b"));
}

TEST(PreTokenizerTest, BytePatterns) {
  EXPECT_THAT(
      Words("I'll  we'S 12345 \u00e9t\u00e9!?\n\n x ", {BytePattern::gpt2}),
      ElementsAre("I", "'ll", " ", " we", "'", "S", " 12345", " \u00e9t\u00e9", "!?", "\n\n", " x", " "));
  EXPECT_THAT(Words("I'LL  we 12345(x)!\n\n x ", {BytePattern::cl100k}),
              ElementsAre("I", "'LL", " ", " we", " ", "123", "45", "(x", ")!\n\n", " x", " "));
  EXPECT_THAT(Words("a 12", {BytePattern::qwen2}), ElementsAre("a", " ", "1", "2"));
}

TEST(PreTokenizerTest, PrefixSpaceComesFromNowhere) {
  const WordList list = PreTokenize(Normalize("a", 7, {}), {PrefixSpace{}});
  EXPECT_EQ(list.text.text, " a");
  EXPECT_EQ(list.text.source[0], (ByteSpan{7, 7}));
  EXPECT_THAT(Words(" a", {PrefixSpace{}}), ElementsAre(" a"));
}

}  // namespace
}  // namespace voisin::encoder
