#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <random>

#include "base/files.h"
#include "encoder/json.h"
#include "encoder/tokenizer.h"
#include "tests/encoder/test_paths.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoModel = "the default model is not there: run ./dev setup";
constexpr const char* kNoShared = "the shared fixtures are not there (VOISIN_SHARED_DIR)";

std::unique_ptr<Tokenizer> Load(const fs::path& path) {
  auto tokenizer = LoadTokenizer(path);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
  return tokenizer.ok() ? *std::move(tokenizer) : nullptr;
}

std::vector<int32_t> Integers(const JsonValue& array) {
  std::vector<int32_t> integers;
  const auto elements = array.Elements();
  for (const JsonValue& element : *elements) {
    integers.push_back(static_cast<int32_t>(*element.Integer(0, INT32_MAX)));
  }
  return integers;
}

// Spans in order, inside the text, at character boundaries, and without a gap between them.
void ExpectGoodOffsets(const Encoding& encoding, std::string_view text) {
  ASSERT_EQ(encoding.offsets.size(), encoding.input_ids.size());
  ASSERT_EQ(encoding.token_type_ids.size(), encoding.input_ids.size());
  ByteSpan before;
  for (const ByteSpan& span : encoding.offsets) {
    EXPECT_LE(before.begin, span.begin);
    EXPECT_LE(span.begin, before.end);
    EXPECT_LE(before.end, span.end);
    EXPECT_LE(span.begin, span.end);
    const auto continues = [&](uint32_t at) { return at < text.size() && (text[at] & 0xc0) == 0x80; };
    EXPECT_FALSE(continues(span.begin) || continues(span.end)) << text;
    before = span;
  }
  EXPECT_EQ(before.end, text.size());
}

void ExpectGoldenTokens(const Tokenizer& tokenizer, const fs::path& golden, size_t least_lines) {
  std::ifstream file(golden);
  size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto document = JsonDocument::Parse(line, golden.string());
    ASSERT_TRUE(document.ok());
    const std::string text = *(*document)->root().Field("text")->String();
    const auto encoding = tokenizer.Encode(text, true);
    ASSERT_TRUE(encoding.ok()) << encoding.status();
    EXPECT_EQ(encoding->input_ids, Integers(*(*document)->root().Field("token_ids"))) << text;
    ExpectGoodOffsets(*encoding, text);
  }
  EXPECT_GE(lines, least_lines);
}

TEST(TokenizerGoldenTest, DefaultModelAgreesWithItsOwnGolden) {
  const fs::path model = ModelDir();
  if (!fs::exists(model)) GTEST_SKIP() << kNoModel;
  ExpectGoldenTokens(*Load(model), test::SourceDir() / "tests" / "golden" / "use_lite_tokens.jsonl", 15);
}

TEST(TokenizerGoldenTest, DefaultModelAgreesWithThePackagesJavaScript) {
  const fs::path model = ModelDir();
  const fs::path shared = SharedDir();
  if (!fs::exists(model)) GTEST_SKIP() << kNoModel;
  if (!fs::exists(shared)) GTEST_SKIP() << kNoShared;
  ExpectGoldenTokens(*Load(model), shared / "fixtures" / "use_lite_golden.jsonl", 200);
}

// Calls check(line) with each line of a file of JSON lines; returns how many there were.
size_t ForEachLine(const fs::path& path, const std::function<void(const JsonValue&)>& check) {
  std::ifstream file(path);
  size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto document = JsonDocument::Parse(line, path.string());
    EXPECT_TRUE(document.ok()) << document.status();
    if (document.ok()) check((*document)->root());
  }
  return lines;
}

std::optional<std::string> OptionalText(const JsonValue& object, std::string_view key) {
  const auto field = object.Find(key);
  return field ? std::optional<std::string>(*field->String()) : std::nullopt;
}

std::vector<std::string> TokenTexts(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  std::vector<std::string> texts;
  for (const int32_t id : ids) texts.emplace_back(tokenizer.TokenText(id));
  return texts;
}

std::vector<std::string> Strings(const JsonValue& array) {
  std::vector<std::string> strings;
  const auto elements = array.Elements();
  for (const JsonValue& element : *elements) strings.push_back(*element.String());
  return strings;
}

TEST(TokenizerGoldenTest, WordPieceAgreesWithTheLibrary) {
  const fs::path shared = SharedDir();
  if (!fs::exists(shared)) GTEST_SKIP() << kNoShared;
  const fs::path fixtures = shared / "fixtures" / "tokenizer";
  const auto tokenizer = Load(fixtures);
  const auto check = [&](const JsonValue& line) {
    const std::string text = *line.Field("text")->String();
    const auto encoding = tokenizer->Encode(text, true);
    ASSERT_TRUE(encoding.ok()) << encoding.status();
    EXPECT_EQ(encoding->input_ids, Integers(*line.Field("ids"))) << text;
    EXPECT_EQ(TokenTexts(*tokenizer, encoding->input_ids), Strings(*line.Field("tokens"))) << text;
  };
  EXPECT_EQ(ForEachLine(fixtures / "tokenizer_golden.jsonl", check), 433u);
}

TEST(TokenizerGoldenTest, WordPiecePairsAgreeWithTheLibrary) {
  const fs::path shared = SharedDir();
  if (!fs::exists(shared)) GTEST_SKIP() << kNoShared;
  const fs::path fixtures = shared / "fixtures" / "tokenizer";
  const auto tokenizer = Load(fixtures);
  const auto check = [&](const JsonValue& line) {
    EncodeOptions options;
    if (const auto most = line.Find("max_length"))
      options.max_length = static_cast<size_t>(*most->Integer(0, INT32_MAX));
    const std::string text = *line.Field("text")->String();
    const auto encoding = tokenizer->EncodePair(text, OptionalText(line, "pair"), options);
    ASSERT_TRUE(encoding.ok()) << encoding.status();
    EXPECT_EQ(encoding->input_ids, Integers(*line.Field("ids"))) << text;
    EXPECT_EQ(encoding->token_type_ids, Integers(*line.Field("type_ids"))) << text;
  };
  EXPECT_EQ(ForEachLine(fixtures / "tokenizer_golden_pairs.jsonl", check), 120u);
}

// Every tokenised case of a checkpoint's expected.json, cut to what the checkpoint takes.
void ExpectCheckpoint(const fs::path& checkpoint, const Tokenizer& tokenizer) {
  const auto limits = JsonDocument::Parse(*ReadFile(checkpoint / "sentence_bert_config.json"), "limits");
  const auto most = static_cast<size_t>(*(*limits)->root().Field("max_seq_length")->Integer(1, 10000));
  const auto document = JsonDocument::Parse(*ReadFile(checkpoint / "expected.json"), "expected.json");
  ASSERT_TRUE(document.ok()) << document.status();
  int compared = 0;
  const auto cases = (*document)->root().Field("cases")->Elements();
  for (const JsonValue& entry : *cases) {
    const auto text = OptionalText(entry, "text");
    if (!text) continue;
    const auto encoding = tokenizer.EncodePair(*text, OptionalText(entry, "text_pair"), {.max_length = most});
    ASSERT_TRUE(encoding.ok()) << encoding.status();
    EXPECT_EQ(encoding->input_ids, Integers(*entry.Field("input_ids"))) << *text;
    EXPECT_EQ(encoding->token_type_ids, Integers(*entry.Field("token_type_ids"))) << *text;
    ++compared;
  }
  EXPECT_GE(compared, 7);
}

TEST(TokenizerGoldenTest, CheckpointsAgreeWithTheLibrary) {
  const fs::path shared = SharedDir();
  if (!fs::exists(shared)) GTEST_SKIP() << kNoShared;
  int checkpoints = 0;
  for (const auto& entry : fs::directory_iterator(shared / "fixtures" / "checkpoints")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    ExpectCheckpoint(entry.path(), *Load(entry.path()));
    ++checkpoints;
  }
  EXPECT_EQ(checkpoints, 11);
}

TEST(TokenizerGoldenTest, RandomTextsKeepGoodOffsets) {
  const fs::path model = ModelDir();
  if (!fs::exists(model)) GTEST_SKIP() << kNoModel;
  const auto tokenizer = Load(model);
  const char* const kParts[] = {"a",       "the ",   " ",      "  ",     "\t",     "\u00e9",
                                "e\u0301", "\ufb01", "\uff21", "\u4e2d", "\u3000", "\U0001f600",
                                "\u2581",  "\u200b", ":)",     "\ufdfa", "\uac00", "\u1100\u1161",
                                "10:30"};
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t parts = random() % 30; parts > 0; --parts) text += kParts[random() % std::size(kParts)];
    const auto encoding = tokenizer->Encode(text, true);
    ASSERT_TRUE(encoding.ok());
    ExpectGoodOffsets(*encoding, text);
  }
}

}  // namespace
}  // namespace voisin::encoder
