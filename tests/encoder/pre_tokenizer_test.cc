#include "encoder/pre_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Words(std::string_view text, const PreTokenizerOptions& options,
                               bool at_start = true) {
  const WordList list = SplitWords(Normalize(text, 0, {}), options, at_start);
  std::vector<std::string> words;
  size_t begin = 0;
  for (size_t end : list.ends) {
    words.push_back(list.text.text.substr(begin, end - begin));
    begin = end;
  }
  EXPECT_EQ(begin, list.text.text.size());
  EXPECT_EQ(list.text.source.size(), list.text.text.size());
  return words;
}

TEST(PreTokenizerTest, NothingToDoLeavesOneWord) { EXPECT_THAT(Words("a b", {}), ElementsAre("a b")); }

TEST(PreTokenizerTest, EmptyTextHasNoWord) { EXPECT_THAT(Words("", {.metaspace = true}), IsEmpty()); }

TEST(PreTokenizerTest, MetaspaceMarksWords) {
  EXPECT_THAT(Words("a  b", {.metaspace = true}), ElementsAre("\u2581a\u2581\u2581b"));
  EXPECT_THAT(Words("a  b", {.metaspace = true, .split_words = true}),
              ElementsAre("\u2581a", "\u2581", "\u2581b"));
}

TEST(PreTokenizerTest, MarkIsNotDoubledUnlessAsked) {
  EXPECT_THAT(Words(" a", {.metaspace = true}), ElementsAre("\u2581a"));
  EXPECT_THAT(Words(" a", {.metaspace = true, .prepend_to_marked = true}), ElementsAre("\u2581\u2581a"));
  EXPECT_THAT(Words(" a", {.metaspace = true, .split_words = true}), ElementsAre("\u2581a"));
}

TEST(PreTokenizerTest, PrependSchemes) {
  EXPECT_THAT(Words("a", {.metaspace = true, .prepend = MetaspacePrepend::never}), ElementsAre("a"));
  EXPECT_THAT(Words("a", {.metaspace = true, .prepend = MetaspacePrepend::first}), ElementsAre("\u2581a"));
  EXPECT_THAT(Words("a", {.metaspace = true, .prepend = MetaspacePrepend::first}, false), ElementsAre("a"));
}

TEST(PreTokenizerTest, WhiteSpaceSplitDropsWhatSeparates) {
  const PreTokenizerOptions options = {.split_white_space = true, .metaspace = true};
  EXPECT_THAT(Words("\t a\u2028b\n\u00e9 ", options), ElementsAre("\u2581a", "\u2581b", "\u2581\u00e9"));
  EXPECT_THAT(Words(" \t\n", options), IsEmpty());
}

}  // namespace
}  // namespace voisin::encoder
