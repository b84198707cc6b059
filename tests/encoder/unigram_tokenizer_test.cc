#include "encoder/unigram_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TokenizerDefinition Definition() {
  TokenizerDefinition definition;
  definition.vocabulary.pieces = {"<unk>", "<s>", "</s>", "\u2581", "a", "b", "f", "i", "\u2581ab"};
  definition.vocabulary.scores = {0, 0, 0, -2, -3, -3, -3, -3, -2.5};
  definition.vocabulary.reserved_ids = 3;
  definition.normalizer.nfkc = true;
  definition.pre_tokenizer.metaspace = true;
  return definition;
}

std::vector<std::string> Tokens(const Tokenizer& tokenizer, std::string_view text, bool special = true) {
  std::vector<std::string> tokens;
  const auto encoding = tokenizer.Encode(text, special);
  EXPECT_TRUE(encoding.ok()) << encoding.status();
  for (int32_t id : encoding->input_ids) tokens.emplace_back(tokenizer.TokenText(id));
  return tokens;
}

TEST(UnigramTokenizerTest, OffsetsAreBytesOfTheGivenText) {
  const auto encoding = MakeUnigramTokenizer(Definition())->Encode("ab \ufb01\u4e2d", true);
  ASSERT_TRUE(encoding.ok());
  EXPECT_THAT(encoding->input_ids, ElementsAre(8, 3, 6, 7, 0));
  EXPECT_THAT(encoding->offsets,
              ElementsAre(ByteSpan{0, 2}, ByteSpan{2, 3}, ByteSpan{3, 6}, ByteSpan{3, 6}, ByteSpan{6, 9}));
}

TEST(UnigramTokenizerTest, EmptyTextHasNoToken) {
  EXPECT_THAT(Tokens(*MakeUnigramTokenizer(Definition()), ""), ElementsAre());
}

TEST(UnigramTokenizerTest, TemplateSurroundsTheText) {
  TokenizerDefinition definition = Definition();
  definition.prefix = {{.id = 1, .type_id = 0}};
  definition.suffix = {{.id = 2, .type_id = 0}, {.id = 2, .type_id = 1}};
  definition.text_type_id = 1;
  const auto tokenizer = MakeUnigramTokenizer(definition);
  EXPECT_EQ(tokenizer->special_tokens_before(), 1);
  EXPECT_EQ(tokenizer->special_tokens_after(), 2);
  const auto encoding = tokenizer->Encode("ab", true);
  EXPECT_THAT(encoding->input_ids, ElementsAre(1, 8, 2, 2));
  EXPECT_THAT(encoding->token_type_ids, ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(encoding->offsets, ElementsAre(ByteSpan{0, 0}, ByteSpan{0, 2}, ByteSpan{2, 2}, ByteSpan{2, 2}));
  EXPECT_THAT(Tokens(*tokenizer, "ab", false), ElementsAre("\u2581ab"));
}

TEST(UnigramTokenizerTest, AddedTokensAreFoundInTheRawText) {
  TokenizerDefinition definition = Definition();
  definition.added_tokens = {{.id = 1, .content = "<s>"}, {.id = 9, .content = "<mask>", .lstrip = true}};
  const auto tokenizer = MakeUnigramTokenizer(definition);
  EXPECT_EQ(tokenizer->vocab_size(), 10);
  EXPECT_THAT(Tokens(*tokenizer, "ab  <mask><s>ab<"),
              ElementsAre("\u2581ab", "<mask>", "<s>", "\u2581ab", "<unk>"));
  EXPECT_EQ(tokenizer->Encode("ab  <mask>", true)->offsets.back(), (ByteSpan{2, 10}));
}

TEST(UnigramTokenizerTest, TextOutsideTheVocabularyIsEmpty) {
  const auto tokenizer = MakeUnigramTokenizer(Definition());
  EXPECT_EQ(tokenizer->TokenText(8), "\u2581ab");
  EXPECT_EQ(tokenizer->TokenText(9), "");
  EXPECT_EQ(tokenizer->TokenText(-1), "");
}

TEST(UnigramTokenizerTest, IllFormedUtf8NamesTheByte) {
  const auto encoding = MakeUnigramTokenizer(Definition())->Encode("ab\xff", true);
  EXPECT_EQ(encoding.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(encoding.status().message(), HasSubstr("at byte 2 (0xff)"));
}

// Would not end within the test's time if it were quadratic.
TEST(UnigramTokenizerTest, LongTextsAreLinear) {
  const auto tokenizer = MakeUnigramTokenizer(Definition());
  for (const char* part : {"a", "abfi", "\u4e2d", " ", "ab "}) {
    std::string text;
    while (text.size() < 1'000'000) text += part;
    const auto encoding = tokenizer->Encode(text, true);
    ASSERT_TRUE(encoding.ok());
    EXPECT_EQ(encoding->offsets.back().end, text.size());
  }
}

}  // namespace
}  // namespace voisin::encoder
