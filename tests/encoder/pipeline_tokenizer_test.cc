#include "encoder/pipeline_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TokenizerDefinition Definition() {
  UnigramVocabulary vocabulary;
  vocabulary.pieces = {"<unk>", "<s>", "</s>", "\u2581", "a", "b", "f", "i", "\u2581ab"};
  vocabulary.scores = {0, 0, 0, -2, -3, -3, -3, -3, -2.5};
  vocabulary.reserved_ids = 3;
  TokenizerDefinition definition;
  definition.model = std::move(vocabulary);
  definition.normalizer = {UnicodeForm::nfkc};
  definition.pre_tokenizer = {Metaspace{.split = false}};
  return definition;
}

std::vector<std::string> Tokens(const Tokenizer& tokenizer, std::string_view text, bool special = true) {
  std::vector<std::string> tokens;
  const auto encoding = tokenizer.Encode(text, special);
  EXPECT_TRUE(encoding.ok()) << encoding.status();
  for (int32_t id : encoding->input_ids) tokens.emplace_back(tokenizer.TokenText(id));
  return tokens;
}

TEST(PipelineTokenizerTest, OffsetsAreBytesOfTheGivenText) {
  const auto encoding = MakeTokenizer(Definition())->Encode("ab \ufb01\u4e2d", true);
  ASSERT_TRUE(encoding.ok());
  EXPECT_THAT(encoding->input_ids, ElementsAre(8, 3, 6, 7, 0));
  EXPECT_THAT(encoding->offsets,
              ElementsAre(ByteSpan{0, 2}, ByteSpan{2, 3}, ByteSpan{3, 6}, ByteSpan{3, 6}, ByteSpan{6, 9}));
}

TEST(PipelineTokenizerTest, EmptyTextHasNoToken) {
  EXPECT_THAT(Tokens(*MakeTokenizer(Definition()), ""), ElementsAre());
}

TEST(PipelineTokenizerTest, TemplateSurroundsTheText) {
  TokenizerDefinition definition = Definition();
  using Kind = TemplateItem::Kind;
  definition.post_processor.single = {
      {Kind::token, 1, 0}, {Kind::first_text, 0, 1}, {Kind::token, 2, 0}, {Kind::token, 2, 1}};
  const auto tokenizer = MakeTokenizer(definition);
  EXPECT_EQ(tokenizer->special_tokens_before(), 1);
  EXPECT_EQ(tokenizer->special_tokens_after(), 2);
  const auto encoding = tokenizer->Encode("ab", true);
  EXPECT_THAT(encoding->input_ids, ElementsAre(1, 8, 2, 2));
  EXPECT_THAT(encoding->token_type_ids, ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(encoding->offsets, ElementsAre(ByteSpan{0, 0}, ByteSpan{0, 2}, ByteSpan{2, 2}, ByteSpan{2, 2}));
  EXPECT_THAT(Tokens(*tokenizer, "ab", false), ElementsAre("\u2581ab"));
}

TEST(PipelineTokenizerTest, AddedTokensAreFoundInTheRawText) {
  TokenizerDefinition definition = Definition();
  definition.added_tokens = {{.id = 1, .content = "<s>"}, {.id = 9, .content = "<mask>", .lstrip = true}};
  const auto tokenizer = MakeTokenizer(definition);
  EXPECT_EQ(tokenizer->vocab_size(), 10);
  EXPECT_THAT(Tokens(*tokenizer, "ab  <mask><s>ab<"),
              ElementsAre("\u2581ab", "<mask>", "<s>", "\u2581ab", "<unk>"));
  EXPECT_EQ(tokenizer->Encode("ab  <mask>", true)->offsets.back(), (ByteSpan{2, 10}));
}

TEST(PipelineTokenizerTest, AddedTokenRules) {
  TokenizerDefinition definition = Definition();
  definition.added_tokens = {{.id = 9, .content = "ab", .single_word = true},
                             {.id = 10, .content = "\uff21", .normalized = true},
                             {.id = 11, .content = "f", .rstrip = true}};
  const auto tokenizer = MakeTokenizer(definition);
  EXPECT_THAT(Tokens(*tokenizer, "ab abb"), ElementsAre("ab", "\u2581ab", "b"));
  EXPECT_THAT(Tokens(*tokenizer, "A"), ElementsAre("\uff21"));  // the normal form of both
  EXPECT_EQ(tokenizer->Encode("f \u3000A", true)->offsets, (std::vector<ByteSpan>{{0, 5}, {5, 6}}));
}

TEST(PipelineTokenizerTest, PairsFillTheirTemplate) {
  TokenizerDefinition definition = Definition();
  SetBertTemplates(1, 2, definition.post_processor);
  const auto tokenizer = MakeTokenizer(definition);
  const auto pair = tokenizer->EncodePair("ab", "a b", {});
  ASSERT_TRUE(pair.ok()) << pair.status();
  EXPECT_THAT(pair->input_ids, ElementsAre(1, 8, 2, 3, 4, 3, 5, 2));
  EXPECT_THAT(pair->token_type_ids, ElementsAre(0, 0, 0, 1, 1, 1, 1, 1));
  EXPECT_EQ(pair->offsets.back(), (ByteSpan{3, 3}));
  const auto cut = tokenizer->EncodePair("abababab", "a b", {.max_length = 7});
  EXPECT_THAT(cut->input_ids, ElementsAre(1, 8, 4, 2, 3, 4, 2));
  EXPECT_EQ(tokenizer->EncodePair("ab", "ab", {.max_length = 2}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(tokenizer->EncodePair("ab", "ab", {.add_special_tokens = false})->token_type_ids,
              ElementsAre(0, 1));
}

TEST(PipelineTokenizerTest, TextOutsideTheVocabularyIsEmpty) {
  const auto tokenizer = MakeTokenizer(Definition());
  EXPECT_EQ(tokenizer->TokenText(8), "\u2581ab");
  EXPECT_EQ(tokenizer->TokenText(9), "");
  EXPECT_EQ(tokenizer->TokenText(-1), "");
}

TEST(PipelineTokenizerTest, IllFormedUtf8NamesTheByte) {
  const auto encoding = MakeTokenizer(Definition())->Encode("ab\xff", true);
  EXPECT_EQ(encoding.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(encoding.status().message(), HasSubstr("at byte 2 (0xff)"));
}

// Would not end within the test's time if it were quadratic.
TEST(PipelineTokenizerTest, LongTextsAreLinear) {
  const auto tokenizer = MakeTokenizer(Definition());
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
