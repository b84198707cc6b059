#include "encoder/word_breaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/brkiter.h>
#include <unicode/uchar.h>

#include <random>

#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Words(std::string_view text) {
  std::vector<ByteSpan> spans;
  (*WordBreaks::Create())->Find(text, spans);
  std::vector<std::string> words;
  for (const ByteSpan span : spans) words.emplace_back(text.substr(span.begin, span.end - span.begin));
  return words;
}

TEST(WordBreaksTest, FindsWordsByTheRulesOfUnicode) {
  EXPECT_THAT(Words("The quick (\"brown\") fox can't jump 32.3 feet, right?"),
              ElementsAre("The", "quick", "brown", "fox", "can't", "jump", "32.3", "feet", "right"));
  EXPECT_THAT(Words("snake_case x@example.org 3,000.50 a.b.c no.5 ___ _1_ 'quoted'"),
              ElementsAre("snake_case", "x@example.org", "3,000.50", "a.b.c", "no", "5", "_1_", "quoted"));
  EXPECT_THAT(Words("Élève dog’s Straße naïve-té"), ElementsAre("Élève", "dog’s", "Straße", "naïve", "té"));
  EXPECT_THAT(Words(""), ElementsAre());
  EXPECT_THAT(Words(" …—\n\t "), ElementsAre());
}

TEST(WordBreaksTest, ReadsScriptsWithoutSpaces) {
  EXPECT_THAT(Words("ภาษาไทยง่าย"), ElementsAre("ภาษา", "ไทย", "ง่าย"));
  EXPECT_THAT(Words("東京都に住んでいます。"), ElementsAre("東京", "都", "に", "住", "んで", "い", "ます"));
  EXPECT_THAT(Words("हिन्दी भाषा"), ElementsAre("हिन्दी", "भाषा"));
  EXPECT_THAT(Words("한국어 텍스트"), ElementsAre("한국어", "텍스트"));
}

TEST(WordBreaksTest, TakesSymbolsThatStandForLettersOrDigits) {
  EXPECT_THAT(Words("№5 ½ ㎏ ☃ 👍🏽 ②"), ElementsAre("№", "5", "½", "㎏", "②"));
}

TEST(WordBreaksTest, PassesOverIllFormedBytes) {
  EXPECT_THAT(Words("one\xff two \xe2\x82 three\xf0"), ElementsAre("one", "two", "three"));
}

// All words at once by ICU on UTF-16, without our cuts, its offsets mapped back.
std::vector<ByteSpan> ByIcu(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> boundaries(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(text);
  boundaries->setText(wide);
  std::vector<ByteSpan> words;
  uint32_t begin = 0;
  int32_t from = boundaries->first();
  for (int32_t to = boundaries->next(); to != icu::BreakIterator::DONE; to = boundaries->next()) {
    std::string segment;
    const icu::UnicodeString part = wide.tempSubStringBetween(from, to);
    part.toUTF8String(segment);
    const auto end = begin + static_cast<uint32_t>(segment.size());
    bool is_word = false;
    for (int32_t i = 0; i < part.length(); i = part.moveIndex32(i, 1))
      is_word |= u_isalnum(part.char32At(i)) != 0;
    if (is_word) words.push_back({begin, end});
    begin = end;
    from = to;
  }
  return words;
}

// Characters of every kind that the rules tell apart, none with a compatibility form.
std::string RandomText(std::mt19937_64& random, bool ascii) {
  static const std::vector<std::string> pieces = {
      "é",  "ß",      "’",      "·",  "\u0301", "\u200d", "\u00ad", "א",  "ה",      "״",    "\"",
      "ア", "カ",     "漢",     "字", "か",     "ภ",      "า",      "한", "👍",      "🏽", "🇫",
      "🇷",  "\u2028", "\u00a0", "٣",  "я",      "й",      "।",      "‿",  "\u0e33", "\r\n"};
  std::string text;
  const size_t length = random() % 40;
  for (size_t i = 0; i < length; ++i) {
    if (ascii || random() % 3 != 0) {
      static constexpr std::string_view kCommon = "aZ19_@.',;: \t\r\n-\"";
      text += random() % 8 == 0 ? static_cast<char>(random() % 128) : kCommon[random() % kCommon.size()];
    } else {
      text += pieces[random() % pieces.size()];
    }
  }
  return text;
}

class WordBreaksAgainstIcuTest : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(AsciiOnly, WordBreaksAgainstIcuTest, ::testing::Bool());

TEST_P(WordBreaksAgainstIcuTest, FindTheSameWordsAsIcuAlone) {
  const char* given = std::getenv("VOISIN_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto breaks = *WordBreaks::Create();
  for (int i = 0; i < 20000; ++i) {
    const std::string text = RandomText(random, GetParam());
    std::vector<ByteSpan> words;
    breaks->Find(text, words);
    ASSERT_EQ(words, ByIcu(text)) << ::testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace voisin::encoder
