#include <gtest/gtest.h>

#include <fstream>
#include <random>

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
  ExpectGoldenTokens(*Load(model / "tokenizer.json"),
                     test::SourceDir() / "tests" / "golden" / "use_lite_tokens.jsonl", 15);
}

TEST(TokenizerGoldenTest, DefaultModelAgreesWithThePackagesJavaScript) {
  const fs::path model = ModelDir();
  const fs::path shared = SharedDir();
  if (!fs::exists(model)) GTEST_SKIP() << kNoModel;
  if (!fs::exists(shared)) GTEST_SKIP() << kNoShared;
  ExpectGoldenTokens(*Load(model / "tokenizer.json"), shared / "fixtures" / "use_lite_golden.jsonl", 200);
}

// Ids come from the Hugging Face library, cut to 64 tokens.
TEST(TokenizerGoldenTest, XlmRobertaAgreesWithTheLibrary) {
  const fs::path shared = SharedDir();
  if (!fs::exists(shared)) GTEST_SKIP() << kNoShared;
  const fs::path checkpoint = shared / "fixtures" / "checkpoints" / "xlm-roberta";
  const auto tokenizer = Load(checkpoint / "tokenizer.json");
  std::ifstream file(checkpoint / "expected.json");
  const std::string json(std::istreambuf_iterator<char>(file), {});
  const auto document = JsonDocument::Parse(json, "expected.json");
  ASSERT_TRUE(document.ok()) << document.status();
  int compared = 0;
  const auto cases = (*document)->root().Field("cases")->Elements();
  for (const JsonValue& entry : *cases) {
    const auto text = entry.Find("text");
    if (!text || entry.Find("text_pair")) continue;
    auto ids = tokenizer->Encode(*text->String(), true)->input_ids;
    if (ids.size() > 64) ids.erase(ids.begin() + 63, ids.end() - 1);
    EXPECT_EQ(ids, Integers(*entry.Field("input_ids"))) << *text->String();
    ++compared;
  }
  EXPECT_GE(compared, 7);
}

TEST(TokenizerGoldenTest, RandomTextsKeepGoodOffsets) {
  const fs::path model = ModelDir();
  if (!fs::exists(model)) GTEST_SKIP() << kNoModel;
  const auto tokenizer = Load(model / "tokenizer.json");
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
