#include "service/snippet.h"

#include <algorithm>

#include "service/utf8.h"
#include "tests/service/engine_fixture.h"
#include "tests/service/text_fixture.h"

namespace voisin::service {
namespace {

class SnippetTest : public TextFixture {
 protected:
  Snippet Make(std::string_view text, std::string_view query, uint32_t max_bytes = 40) const {
    return MakeSnippet(text, WordsOf(query), max_bytes, breaks_);
  }
  // The passage, [ and ] around what is highlighted.
  std::string Marked(std::string_view text, std::string_view query, uint32_t max_bytes = 40) const {
    const Snippet snippet = Make(text, query, max_bytes);
    std::string marked = snippet.text;
    for (size_t i = snippet.highlights.size(); i-- > 0;) {
      marked.insert(snippet.highlights[i].end, "]").insert(snippet.highlights[i].begin, "[");
    }
    return marked;
  }
};

TEST_F(SnippetTest, AShortTextIsShownWhole) {
  EXPECT_EQ(Marked("The cat sat. Dogs bark!", "dog cats"), "The [cat] sat. [Dogs] bark!");
  EXPECT_EQ(Make("  The cat \n", "cat"), (Snippet{"The cat", 2, {{4, 7}}}));
}

TEST_F(SnippetTest, ThePassageWithMostWordsIsShown) {
  EXPECT_EQ(Marked("A cat here. Nothing stands in this one. A cat and a dog there.", "cat dog", 32),
            "A [cat] and a [dog] there.");
  EXPECT_EQ(Marked("A cat lives here. Nothing stands in this one. A cat lives there.", "cat dog", 32),
            "A [cat] lives here.")
      << "the first of equals";
}

TEST_F(SnippetTest, ARareWordCountsMoreThanACommonOne) {
  for (int i = 0; i < 50; ++i) AddToIndex("common cat");
  AddToIndex("rare bird");
  EXPECT_EQ(Marked("A cat, a cat, a cat. Something else stands here. The bird flies away.", "cat bird", 32),
            "The [bird] flies away.");
}

TEST_F(SnippetTest, WithoutAWordTheBeginningIsShown) {
  EXPECT_EQ(Make("First comes this. Then comes that. And all the rest of it.", "cat", 40),
            (Snippet{"First comes this. Then comes that.", 0, {}}));
  EXPECT_EQ(MakeSnippet("First comes this.", QueryWords(analyzer_), 40, breaks_).text, "First comes this.");
}

TEST_F(SnippetTest, ALongSentenceIsCutBetweenWords) {
  EXPECT_EQ(Marked("one two three four five six seven cat eight nine ten eleven twelve", "cat", 32),
            "six seven [cat] eight nine ten");
  EXPECT_EQ(Marked("one two three four five six seven eight nine ten (eleven) cat", "cat", 32),
            "eight nine ten (eleven) [cat]")
      << "as long as it may be at the end of the text";
}

TEST_F(SnippetTest, TheLastSentenceThatFillsHalfEndsIt) {
  EXPECT_EQ(Marked("The cat sat there, quietly. And another sentence follows.", "cat", 40),
            "The [cat] sat there, quietly.");
  EXPECT_EQ(Marked("A cat. And another sentence, one that is longer, follows.", "cat", 40),
            "A [cat]. And another sentence, one that is")
      << "less than half: words fill the rest";
}

TEST_F(SnippetTest, NoWordAndNoCharacterIsCut) {
  const std::string word(50, 'w');
  EXPECT_EQ(Make(word, word, 40), Snippet());
  EXPECT_EQ(Make(word + " cat", "cat " + word, 40).text, "cat");
  EXPECT_EQ(Make("", "cat"), Snippet());
  EXPECT_EQ(Make("... !", "cat"), Snippet());
  EXPECT_EQ(Marked("私は猫が好きです。犬も好きです。", "犬", 32), "[犬]も好きです。");
}

TEST_F(SnippetTest, LengthIsChecked) {
  EXPECT_TRUE(CheckSnippet({}).ok());
  EXPECT_EQ(SnippetBytes({}), 240u);
  for (const uint32_t good : {32u, 4096u}) EXPECT_TRUE(CheckSnippet({good}).ok());
  for (const uint32_t bad : {31u, 4097u, UINT32_MAX}) {
    EXPECT_TRUE(IsInvalidAt(CheckSnippet({bad}), "snippet.max_bytes", "32 to 4096"));
  }
}

// All windows between two words, slowly.
uint64_t GreatestCoverage(const std::vector<WordMatch>& matches, std::span<const uint64_t> weights,
                          uint32_t max_bytes) {
  uint64_t greatest = 0;
  for (size_t i = 0; i < matches.size(); ++i) {
    std::vector<uint32_t> counts(weights.size());
    uint64_t sum = 0;
    for (size_t j = i; j < matches.size() && matches[j].end - matches[i].begin <= max_bytes; ++j) {
      sum += weights[matches[j].word] >> counts[matches[j].word]++;
      greatest = std::max(greatest, sum);
    }
  }
  return greatest;
}

class SnippetPropertyTest : public TextFixture {
 protected:
  void Check(const std::string& text, const QueryWords& words, uint32_t max_bytes) {
    const Snippet snippet = MakeSnippet(text, words, max_bytes, breaks_);
    ASSERT_LE(snippet.text.size(), max_bytes);
    ASSERT_EQ(text.substr(snippet.offset, snippet.text.size()), snippet.text);
    EXPECT_FALSE(FindInvalidUtf8(snippet.text));
    const auto end = static_cast<uint32_t>(snippet.offset + snippet.text.size());
    for (const encoder::ByteSpan word : breaks_.Words(text, {0, static_cast<uint32_t>(text.size())})) {
      const bool is_cut =
          (word.begin < snippet.offset && word.end > snippet.offset) || (word.begin < end && word.end > end);
      EXPECT_FALSE(is_cut) << word.begin;
    }
    const std::vector<WordMatch> matches = words.FindIn(text);
    std::vector<WordMatch> inside;
    std::vector<encoder::ByteSpan> highlights;
    for (const WordMatch& match : matches) {
      if (match.begin < snippet.offset || match.end > end) continue;
      inside.push_back(match);
      highlights.push_back({match.begin - snippet.offset, match.end - snippet.offset});
    }
    EXPECT_EQ(snippet.highlights, highlights);
    EXPECT_EQ(GreatestCoverage(inside, words.weights(), max_bytes),
              GreatestCoverage(matches, words.weights(), max_bytes));
  }
};

TEST_F(SnippetPropertyTest, IsTheBestPassageOfWholeWords) {
  const unsigned seed = Seed();
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 30; ++i) AddToIndex(RandomText(random, 5));
  for (int round = 0; round < 1500 && !HasFailure(); ++round) {
    const std::string text = RandomText(random, random() % 80);
    const uint32_t max_bytes = 32 + static_cast<uint32_t>(random() % 100);
    SCOPED_TRACE(text + "\nmax_bytes " + std::to_string(max_bytes));
    Check(text, WordsOf(RandomText(random, random() % 4)), max_bytes);
  }
}

}  // namespace
}  // namespace voisin::service
