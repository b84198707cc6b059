#include "service/pack.h"

#include <algorithm>
#include <set>

#include "encoder/text_encoder.h"
#include "service/utf8.h"
#include "tests/service/engine_fixture.h"
#include "tests/service/text_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Runs of what is no space: a token each.
absl::StatusOr<uint32_t> CountRuns(std::string_view text) {
  uint32_t runs = 0;
  for (size_t i = 0; i < text.size(); ++i) runs += text[i] != ' ' && (i == 0 || text[i - 1] == ' ') ? 1 : 0;
  return runs;
}

absl::Status Wanted() { return absl::OkStatus(); }

class PackTest : public TextFixture {
 protected:
  Packed Pack(const std::vector<std::string>& texts, std::string_view query, uint32_t budget) const {
    const QueryWords words = WordsOf(query);
    const auto packed = Packer({budget}, words, breaks_, CountRuns).Pack(HitsOf(texts), Wanted);
    EXPECT_TRUE(packed.ok()) << packed.status();
    return *packed;
  }
  // Ids are numbers from 0.
  static std::vector<Hit> HitsOf(const std::vector<std::string>& texts) {
    std::vector<Hit> hits(texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      hits[i].document.id = std::to_string(i);
      hits[i].document.text = texts[i];
    }
    return hits;
  }
  static std::vector<std::string> Told(const Packed& packed) {
    std::vector<std::string> told;
    for (const Packed::Passage& passage : packed.passages) {
      told.push_back(passage.id + "@" + std::to_string(passage.offset) + " " + passage.text);
    }
    return told;
  }
  // A sentence that fills a piece.
  static std::string Filling(const std::string& word, size_t words = 90) {
    std::string sentence = "Begins";
    for (size_t i = 0; i < words; ++i) sentence += " " + word + std::to_string(i);
    return sentence + ".";
  }
};

TEST_F(PackTest, TakesWholeTextsInTheirOrderWhereTheyFit) {
  const Packed packed = Pack({"Cats sleep. Dogs bark.", "Birds sing."}, "cat", 100);
  EXPECT_THAT(Told(packed), ElementsAre("0@0 Cats sleep. Dogs bark.", "1@0 Birds sing."));
  EXPECT_EQ(packed.tokens, 6u);
  EXPECT_EQ(packed.passages[0].tokens, 4u);
}

TEST_F(PackTest, NeverExceedsTheBudgetAndCutsAtSentences) {
  EXPECT_THAT(Told(Pack({"Cats sleep. Dogs bark.", "Birds sing loud."}, "cat", 3)),
              ElementsAre("0@0 Cats sleep."));
  EXPECT_THAT(Told(Pack({"Cats sleep. Dogs bark.", "Sing!"}, "cat", 3)),
              ElementsAre("0@0 Cats sleep.", "1@0 Sing!"));
  EXPECT_THAT(Told(Pack({"Cats sleep."}, "cat", 1)), IsEmpty());
}

TEST_F(PackTest, TheBestPieceOfEachTextComesBeforeTheSecondOfAny) {
  const std::string first = Filling("a") + " " + Filling("cat");
  const std::string second = Filling("b") + " " + Filling("c");
  const Packed packed = Pack({first, second}, "cat7", 190);
  ASSERT_EQ(packed.passages.size(), 2u);
  EXPECT_EQ(packed.passages[0].text, Filling("cat"));
  EXPECT_EQ(packed.passages[1].text, Filling("b"));
  const Packed all = Pack({first, second}, "cat7", 1000);
  ASSERT_EQ(all.passages.size(), 4u);
  EXPECT_EQ(all.passages[0].text, Filling("a")) << "in the order of the text";
  EXPECT_EQ(all.passages[1].text, Filling("cat"));
}

TEST_F(PackTest, TheSameTextComesOnce) {
  EXPECT_THAT(Told(Pack({"Cats sleep.", "Cats  sleep. ", "Cats\nsleep."}, "cat", 100)),
              ElementsAre("0@0 Cats sleep."));
  EXPECT_THAT(Told(Pack({"This sentence is long enough to count. New words.",
                         "Before it. This sentence is long enough to count. Behind it."},
                        "cat", 100)),
              ElementsAre("0@0 This sentence is long enough to count. New words.", "1@0 Before it.",
                          "1@50 Behind it."));
}

TEST_F(PackTest, AShortSentenceStaysBesideANewOne) {
  EXPECT_THAT(Told(Pack({"See also: Cats.", "A new one. See also: Cats. And another."}, "cat", 100)),
              ElementsAre("0@0 See also: Cats.", "1@0 A new one. See also: Cats. And another."));
}

TEST_F(PackTest, ADocumentOfTwoGroupsCountsOnce) {
  std::vector<Hit> hits = HitsOf({"Cats sleep.", "Dogs bark."});
  hits.push_back(hits[0]);
  const QueryWords words = WordsOf("cat");
  const auto packed = Packer({100}, words, breaks_, CountRuns).Pack(hits, Wanted);
  EXPECT_THAT(Told(*packed), ElementsAre("0@0 Cats sleep.", "1@0 Dogs bark."));
}

TEST_F(PackTest, NothingOfNothing) {
  EXPECT_THAT(Told(Pack({}, "cat", 10)), IsEmpty());
  EXPECT_THAT(Told(Pack({"", " \n"}, "cat", 10)), IsEmpty());
  EXPECT_EQ(Pack({""}, "cat", 10).tokens, 0u);
}

TEST_F(PackTest, ErrorsEndIt) {
  const QueryWords words = WordsOf("cat");
  const auto gone = [] { return absl::CancelledError("gone"); };
  EXPECT_EQ(Packer({9}, words, breaks_, CountRuns).Pack(HitsOf({"A cat."}), gone).status().code(),
            absl::StatusCode::kCancelled);
  const auto failing = [](std::string_view) -> absl::StatusOr<uint32_t> {
    return absl::InternalError("broken");
  };
  EXPECT_EQ(Packer({9}, words, breaks_, failing).Pack(HitsOf({"A cat."}), Wanted).status().code(),
            absl::StatusCode::kInternal);
}

TEST_F(PackTest, TheBudgetIsChecked) {
  for (const uint32_t good : {1u, 131072u}) EXPECT_TRUE(CheckPack({good}).ok());
  for (const uint32_t bad : {0u, 131073u}) {
    EXPECT_TRUE(IsInvalidAt(CheckPack({bad}), "pack.token_budget", "1 to 131072"));
  }
}

// Sentences of one text that follow each other, as the passages of a random pack must be.
TEST_F(PackTest, RandomPacksKeepTheirPromises) {
  const unsigned seed = Seed();
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 150 && !HasFailure(); ++round) {
    std::vector<std::string> texts;
    for (unsigned i = 0; i < random() % 6; ++i) texts.push_back(RandomText(random, random() % 300));
    if (texts.size() > 2) texts.back() = texts[0] + " " + texts[1];
    const uint32_t budget = 1 + static_cast<uint32_t>(random() % 400);
    const std::string query = RandomText(random, 3);
    const Packed packed = Pack(texts, query, budget);
    uint32_t tokens = 0;
    std::multiset<std::string> long_sentences;
    for (size_t i = 0; i < packed.passages.size(); ++i) {
      const Packed::Passage& passage = packed.passages[i];
      const std::string& text = texts[std::stoul(passage.id)];
      ASSERT_FALSE(passage.text.empty());
      EXPECT_EQ(text.substr(passage.offset, passage.text.size()), passage.text);
      EXPECT_FALSE(FindInvalidUtf8(passage.text));
      EXPECT_EQ(passage.tokens, *CountRuns(passage.text));
      tokens += passage.tokens;
      const auto part = encoder::ByteSpan{0, static_cast<uint32_t>(passage.text.size())};
      for (const encoder::ByteSpan sentence : breaks_.Sentences(passage.text, part)) {
        if (sentence.end - sentence.begin < 32) continue;
        long_sentences.insert(encoder::CollapseWhitespace(
            std::string_view(passage.text).substr(sentence.begin, sentence.end - sentence.begin)));
      }
      if (i == 0) continue;
      const Packed::Passage& before = packed.passages[i - 1];
      EXPECT_LE(before.id, passage.id);
      EXPECT_TRUE(before.id != passage.id || before.offset + before.text.size() <= passage.offset);
    }
    EXPECT_EQ(packed.tokens, tokens);
    EXPECT_LE(tokens, budget);
    for (const std::string& sentence : long_sentences)
      EXPECT_EQ(long_sentences.count(sentence), 1u) << sentence;
    const Packed again = Pack(texts, query, budget);
    EXPECT_EQ(again.passages, packed.passages);
  }
}

// With room for everything, every sentence of every text is there or stands elsewhere.
TEST_F(PackTest, ARoomyBudgetLosesNothing) {
  const unsigned seed = Seed();
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 100 && !HasFailure(); ++round) {
    std::vector<std::string> texts;
    for (unsigned i = 0; i < 4; ++i) texts.push_back(RandomText(random, random() % 200));
    std::string all;
    for (const auto& passage : Pack(texts, "cat dog", 131072).passages)
      all += encoder::CollapseWhitespace(passage.text) + "\n";
    for (const std::string& text : texts) {
      for (const encoder::ByteSpan word : breaks_.Words(text, {0, static_cast<uint32_t>(text.size())})) {
        EXPECT_NE(all.find(text.substr(word.begin, word.end - word.begin)), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace voisin::service
