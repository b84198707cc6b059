#include "encoder/normalizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;

const std::vector<NormalizerStep> kNfkc = {UnicodeForm::nfkc};

void ExpectOrdered(const NormalizedText& normalized, size_t size) {
  ASSERT_EQ(normalized.text.size(), normalized.source.size());
  ByteSpan before;
  for (const ByteSpan& span : normalized.source) {
    EXPECT_LE(before.begin, span.begin);
    EXPECT_LE(before.end, span.end);
    EXPECT_LE(span.begin, span.end);
    EXPECT_LE(span.end, size);
    before = span;
  }
}

TEST(NormalizerTest, AsciiStaysAndMapsToItself) {
  const NormalizedText normalized = Normalize("a\tb", 10, kNfkc);
  EXPECT_EQ(normalized.text, "a\tb");
  EXPECT_THAT(normalized.source, ElementsAre(ByteSpan{10, 11}, ByteSpan{11, 12}, ByteSpan{12, 13}));
}

TEST(NormalizerTest, ExpandedCharacterSharesItsSpan) {
  const NormalizedText normalized = Normalize("a\ufb01b", 0, kNfkc);
  EXPECT_EQ(normalized.text, "afib");
  EXPECT_THAT(normalized.source, ElementsAre(ByteSpan{0, 1}, ByteSpan{1, 4}, ByteSpan{1, 4}, ByteSpan{4, 5}));
}

TEST(NormalizerTest, ComposedCharacterSpansItsParts) {
  const NormalizedText normalized = Normalize("xe\u0301", 0, kNfkc);
  EXPECT_EQ(normalized.text, "x\u00e9");
  EXPECT_THAT(normalized.source, ElementsAre(ByteSpan{0, 1}, ByteSpan{1, 4}, ByteSpan{1, 4}));
}

TEST(NormalizerTest, SpacesOfAllKindsBecomeOneKind) {
  EXPECT_EQ(Normalize("a\u00a0\u3000\u2003\u202fb", 0, kNfkc).text, "a    b");
  EXPECT_EQ(Normalize("a\u200b\u2028\u00ad\tb", 0, kNfkc).text, "a\u200b\u2028\u00ad\tb");
}

TEST(NormalizerTest, CollapsedSpacesKeepTheWholeSpan) {
  const NormalizedText normalized =
      Normalize("a   b", 0, {Replace{.pattern = " ", .content = " ", .runs = true}});
  EXPECT_EQ(normalized.text, "a b");
  EXPECT_THAT(normalized.source, ElementsAre(ByteSpan{0, 1}, ByteSpan{1, 4}, ByteSpan{4, 5}));
}

TEST(NormalizerTest, LongTextEqualsItsPieces) {
  std::string text;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    text += "e\u0301\ufb01 \uff21";
    expected += "\u00e9fi A";
  }
  const NormalizedText normalized = Normalize(text, 0, kNfkc);
  EXPECT_EQ(normalized.text, expected);
  EXPECT_EQ(normalized.source.back().end, text.size());
  ExpectOrdered(normalized, text.size());
}

// Reordering a run of marks takes time quadratic in its length: it must be cut.
TEST(NormalizerTest, RunOfMarksIsLinear) {
  std::string text = "a";
  for (int i = 0; i < 250'000; ++i) text += "\u0301\u0316";
  const NormalizedText normalized = Normalize(text, 0, kNfkc);
  EXPECT_GE(normalized.text.size() + 8, text.size());
  ExpectOrdered(normalized, text.size());
}

std::string Text(std::string_view text, const std::vector<NormalizerStep>& steps) {
  const NormalizedText normalized = Normalize(text, 0, steps);
  ExpectOrdered(normalized, text.size());
  return normalized.text;
}

TEST(NormalizerTest, BertCleansIsolatesAndStrips) {
  EXPECT_EQ(Text("a\x01\tB\u200b\u00a0\ufffd", {BertNormalizer{}}), "a b ");
  EXPECT_EQ(Text("x\u4e2dy", {BertNormalizer{}}), "x \u4e2d y");
  EXPECT_EQ(Text("\u00c9\u0130\u03a3", {BertNormalizer{}}), "ei\u03c3");
  EXPECT_EQ(Text("\u00c9\u0130", {BertNormalizer{.strip_accents = false}}), "\u00e9i\u0307");
  EXPECT_EQ(Text("\u00c9", {BertNormalizer{.strip_accents = true, .lowercase = false}}), "E");
}

TEST(NormalizerTest, SmallSteps) {
  EXPECT_EQ(Text("\u0130A", {Lowercase{}}), "i\u0307a");
  EXPECT_EQ(Text("e\u0301\u0903\u00e9", {StripAccents{}}), "e\u00e9");
  EXPECT_EQ(Text("\u3000 a b\u2028", {StripSpace{}}), "a b");
  EXPECT_EQ(Text(" a ", {StripSpace{.left = false}}), " a");
  EXPECT_EQ(Text("``a``` ", {Replace{.pattern = "``", .content = "\""}}), "\"a\"` ");
  EXPECT_EQ(Text("a   b c", {Replace{.pattern = " ", .content = "\u2581", .runs = true}}), "a\u2581b c");
  EXPECT_EQ(Text("a", {Prepend{.content = "\u2581"}}), "\u2581a");
  EXPECT_EQ(Text("", {Prepend{.content = "\u2581"}}), "");
  EXPECT_EQ(Text("a\x01\t\u200b\u00e9", {Nmt{}}), "a  \u00e9");
}

TEST(NormalizerTest, StepsFollowEachOther) {
  EXPECT_EQ(Text("\u00c9A", {UnicodeForm::nfd, StripAccents{}, Lowercase{}}), "ea");
}

}  // namespace
}  // namespace voisin::encoder
