#include "encoder/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"

namespace voisin::encoder {
namespace {

using ::testing::HasSubstr;

constexpr const char* kGood = R"({
  "added_tokens": [{"id": 2, "content": "<mask>", "lstrip": true}],
  "normalizer": {"type": "NFKC"},
  "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": false},
  "post_processor": {"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
  "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1.5]]}
})";

// The good file with one text in it replaced.
absl::StatusOr<TokenizerDefinition> ParseWith(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kGood, {{from, to}});
  EXPECT_NE(text, kGood) << from;
  return ParseTokenizerDefinition(text, "tokenizer.json");
}

TEST(VocabularyTest, ReadsTheParts) {
  const auto definition = ParseTokenizerDefinition(kGood, "tokenizer.json");
  ASSERT_TRUE(definition.ok()) << definition.status();
  const auto& model = std::get<UnigramVocabulary>(definition->model);
  EXPECT_EQ(model.pieces[1], "a");
  EXPECT_EQ(model.scores[1], -1.5);
  EXPECT_EQ(std::get<UnicodeForm>(definition->normalizer.at(0)), UnicodeForm::nfkc);
  EXPECT_FALSE(std::get<Metaspace>(definition->pre_tokenizer.at(0)).split);
  EXPECT_TRUE(definition->added_tokens.at(0).lstrip);
  EXPECT_EQ(TokensBeforeText(definition->post_processor.single), 1);
  EXPECT_EQ(TokensAfterText(definition->post_processor.single), 0);
}

TEST(VocabularyTest, OtherKindsAreUnimplementedByName) {
  const std::pair<std::string, std::string> cases[] = {{"Unigram", "WordLevel"},
                                                       {"NFKC", "ByteLevel"},
                                                       {"\"Metaspace", "\"UnicodeScripts"},
                                                       {"TemplateProcessing", "OtherProcessing"}};
  for (const auto& [from, to] : cases) {
    const auto definition = ParseWith(from, to);
    EXPECT_EQ(definition.status().code(), absl::StatusCode::kUnimplemented) << definition.status();
    EXPECT_THAT(definition.status().message(), HasSubstr(to[0] == '"' ? to.substr(1) : to));
  }
}

TEST(VocabularyTest, DamageIsNamedByItsPath) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"\"unk_id\": 0", "\"unk_id\": 2", "model.unk_id is 2"},
      {"-1.5", "\"x\"", "model.vocab[1][1] is string"},
      {"[\"a\", -1.5]", "[\"a\"]", "model.vocab[1] has 1 elements"},
      {"\"ids\": [1]", "\"ids\": [3]", "ids[0] is 3, expected 0 to 2"},
      {"\"id\": 2", "\"id\": 3", "added_tokens has id 3, expected 2"},
      {"always", "sometimes", "pre_tokenizer.prepend_scheme is unknown"}};
  for (const auto& [from, to, problem] : cases) {
    const auto definition = ParseWith(from, to);
    EXPECT_EQ(definition.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(definition.status().message(), HasSubstr(problem));
  }
}

TEST(VocabularyTest, LongPiecesAreRefused) {
  EXPECT_THAT(ParseWith("[\"a\"", "[\"" + std::string(1025, 'a') + "\"").status().message(),
              HasSubstr("1025 bytes"));
}

TEST(VocabularyTest, WhatIsWrittenReadsBack) {
  UnigramVocabulary vocabulary;
  vocabulary.pieces = {"<unk>", "\u2581a\"", "b"};
  vocabulary.scores = {0, -1.0 / 3, 30};
  vocabulary.reserved_ids = 1;
  vocabulary.has_unknown_score = true;
  vocabulary.unknown_score = -7.25;
  vocabulary.unknown_only_without_piece = true;
  vocabulary.prefer_late_split = true;
  vocabulary.unset_at_zero = true;
  TokenizerDefinition definition;
  definition.model = vocabulary;
  definition.normalizer = {UnicodeForm::nfkc, Replace{.pattern = " ", .content = " ", .runs = true}};
  definition.pre_tokenizer = {WhitespaceSplit{},
                              Metaspace{.prepend = MetaspacePrepend::first, .prepend_to_marked = true}};
  const std::string text = WriteTokenizerDefinition(definition);
  const auto read = ParseTokenizerDefinition(text, "tokenizer.json");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(std::get<UnigramVocabulary>(read->model).pieces, vocabulary.pieces);
  EXPECT_EQ(std::get<UnigramVocabulary>(read->model).scores, vocabulary.scores);
  EXPECT_EQ(WriteTokenizerDefinition(*read), text);
}

}  // namespace
}  // namespace voisin::encoder
