#include "encoder/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voisin::encoder {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<JsonDocument> Parse(std::string_view text) {
  auto document = JsonDocument::Parse(text, "file.json");
  EXPECT_TRUE(document.ok()) << document.status();
  return *std::move(document);
}

std::string Nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonTest, ErrorsNameDocumentAndPath) {
  const auto document = Parse(R"({"model": {"vocab": [["a", 1], ["b", "x"]]}})");
  const auto vocab = document->root().Field("model")->Field("vocab")->Elements();
  EXPECT_EQ((*vocab)[1].Elements()->at(1).Number().status().message(),
            "file.json: model.vocab[1][1] is string, expected number");
  EXPECT_EQ(document->root().Field("absent").status().message(),
            "file.json: the document lacks the field \"absent\"");
}

TEST(JsonTest, EveryTypeIsChecked) {
  const auto document = Parse(R"({"n": 1.5, "i": 7, "b": true, "s": "t", "o": {}, "z": null})");
  const JsonValue root = document->root();
  EXPECT_EQ(*root.Field("i")->Integer(0, 7), 7);
  EXPECT_FALSE(root.Field("i")->Integer(8, 9).ok());
  EXPECT_FALSE(root.Field("n")->Integer(0, 9).ok());
  EXPECT_FALSE(root.Field("n")->Bool().ok());
  EXPECT_FALSE(root.Field("b")->String().ok());
  EXPECT_FALSE(root.Field("s")->Elements().ok());
  EXPECT_FALSE(root.Field("s")->Field("x").ok());
  EXPECT_FALSE(root.Find("z").has_value());
  EXPECT_FALSE(root.Field("s")->Find("x").has_value());
}

TEST(JsonTest, IntegersBeyondInt64AreRefusedNotWrapped) {
  const auto document = Parse("[18446744073709551615]");
  EXPECT_THAT(document->root().Elements()->at(0).Integer(-1, 1).status().message(),
              HasSubstr("18446744073709551615"));
}

TEST(JsonTest, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "{\"a\":1,}", "[1] 2", "\"\xff\"", "1e999"}) {
    EXPECT_FALSE(JsonDocument::Parse(text, "file.json").ok()) << text;
  }
}

TEST(JsonTest, DepthIsBounded) {
  EXPECT_TRUE(JsonDocument::Parse(Nested(64), "file.json").ok());
  EXPECT_THAT(JsonDocument::Parse(Nested(66), "file.json").status().message(), HasSubstr("deeper than 64"));
  EXPECT_FALSE(JsonDocument::Parse(Nested(1'000'000), "file.json").ok());
}

TEST(JsonTest, NumbersAndStringsReadBack) {
  for (double value : {0.1, -3.28450870514, 1e-300, 30.0}) {
    EXPECT_EQ(*Parse(JsonNumber(value))->root().Number(), value);
  }
  EXPECT_EQ(*Parse(JsonQuote("a\"\\\n\u2581"))->root().String(), "a\"\\\n\u2581");
  EXPECT_EQ(JsonNumber(1e-6f), "1e-06");
}

}  // namespace
}  // namespace voisin::encoder
