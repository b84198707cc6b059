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
  EXPECT_EQ(definition->vocabulary.pieces[1], "a");
  EXPECT_EQ(definition->vocabulary.scores[1], -1.5);
  EXPECT_TRUE(definition->normalizer.nfkc);
  EXPECT_TRUE(definition->pre_tokenizer.metaspace);
  EXPECT_FALSE(definition->pre_tokenizer.split_words);
  EXPECT_TRUE(definition->added_tokens.at(0).lstrip);
  EXPECT_EQ(definition->prefix.at(0).id, 1);
  EXPECT_TRUE(definition->suffix.empty());
}

TEST(VocabularyTest, OtherKindsAreUnimplementedByName) {
  const std::pair<std::string, std::string> kCases[] = {{"Unigram", "WordPiece"},
                                                        {"Unigram", "BPE"},
                                                        {"NFKC", "Precompiled"},
                                                        {"Metaspace", "ByteLevel"},
                                                        {"TemplateProcessing", "BertProcessing"}};
  for (const auto& [from, to] : kCases) {
    const auto definition = ParseWith(from, to);
    EXPECT_EQ(definition.status().code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(definition.status().message(), HasSubstr(to));
  }
  EXPECT_EQ(ParseWith("\"unk_id\"", "\"byte_fallback\": true, \"unk_id\"").status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(VocabularyTest, DamageIsNamedByItsPath) {
  const std::tuple<const char*, const char*, const char*> kCases[] = {
      {"\"unk_id\": 0", "\"unk_id\": 2", "model.unk_id is 2"},
      {"-1.5", "\"x\"", "model.vocab[1][1] is string"},
      {"[\"a\", -1.5]", "[\"a\"]", "model.vocab[1] has 1 elements"},
      {"\"ids\": [1]", "\"ids\": [3]", "ids[0] is 3, expected 0 to 2"},
      {"\"id\": 2", "\"id\": 3", "added_tokens[0].id is 3"},
      {"always", "sometimes", "pre_tokenizer.prepend_scheme is unknown"}};
  for (const auto& [from, to, problem] : kCases) {
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
  TokenizerDefinition definition;
  definition.vocabulary = {.pieces = {"<unk>", "\u2581a\"", "b"},
                           .scores = {0, -1.0 / 3, 30},
                           .unk_id = 0,
                           .reserved_ids = 1,
                           .has_unknown_score = true,
                           .unknown_score = -7.25,
                           .unknown_only_without_piece = true,
                           .prefer_late_split = true,
                           .unset_at_zero = true};
  definition.normalizer = {.nfkc = true, .collapse_spaces = true};
  definition.pre_tokenizer = {.split_white_space = true,
                              .metaspace = true,
                              .prepend = MetaspacePrepend::first,
                              .prepend_to_marked = true,
                              .split_words = true};
  const std::string text = WriteTokenizerDefinition(definition);
  const auto read = ParseTokenizerDefinition(text, "tokenizer.json");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->vocabulary.pieces, definition.vocabulary.pieces);
  EXPECT_EQ(read->vocabulary.scores, definition.vocabulary.scores);
  EXPECT_EQ(WriteTokenizerDefinition(*read), text);
}

}  // namespace
}  // namespace voisin::encoder
