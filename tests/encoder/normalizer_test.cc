#include "encoder/normalizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;

constexpr NormalizerOptions kNfkc = {.nfkc = true};

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
  const NormalizedText normalized = Normalize("a   b", 0, {.nfkc = false, .collapse_spaces = true});
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

}  // namespace
}  // namespace voisin::encoder
