#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "encoder/text_encoder.h"
#include "tests/encoder/checkpoints.h"

namespace voisin::encoder {
namespace {

using nlohmann::json;

// Checkpoints from text to embedding: what a caller gets, tokenizer and truncation included.
class CheckpointTextTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto dir = CheckpointDir(GetParam());
    if (!std::filesystem::exists(dir)) GTEST_SKIP() << "no checkpoint " << dir;
    encoder_ = TextEncoder::Load(dir).value();
    cases_ = json::parse(std::ifstream(dir / "expected.json")).at("cases");
  }

  // A single text as the service takes it; a pair as the tokenizer cuts it.
  Encoding EncodingOf(const json& item) const {
    const auto text = item.at("text").get<std::string>();
    if (item.at("text_pair").is_null()) {
      const TokenizedText tokenized = encoder_->Tokenize(text, Truncation::end, "").value();
      EXPECT_EQ(tokenized.truncated, tokenized.token_count > tokenized.encoding.input_ids.size());
      return tokenized.encoding;
    }
    const auto max_length = static_cast<size_t>(encoder_->info().max_tokens);
    const auto pair = item.at("text_pair").get<std::string>();
    return encoder_->tokenizer().EncodePair(text, pair, {.max_length = max_length}).value();
  }

  std::unique_ptr<TextEncoder> encoder_;
  json cases_;
};

TEST_P(CheckpointTextTest, EmbeddingsOfTextsInOneBatch) {
  Batch batch;
  std::vector<json> items;
  for (const json& item : cases_) {
    if (item.at("text").is_null()) continue;  // made of ids, not of text
    const Encoding encoding = EncodingOf(item);
    ASSERT_EQ(encoding.input_ids, item.at("input_ids").get<std::vector<int32_t>>()) << item.at("text");
    ASSERT_EQ(encoding.token_type_ids, item.at("token_type_ids").get<std::vector<int32_t>>());
    batch.Append(encoding);
    items.push_back(item);
  }
  const auto width = static_cast<size_t>(encoder_->info().dimensions);
  std::vector<float> rows(items.size() * width);
  ASSERT_TRUE(encoder_->Encode(batch, rows).ok());
  const double tolerance = encoder_->info().normalize ? 5e-6 : 2e-5;
  for (size_t text = 0; text < items.size(); ++text) {
    const auto expected = items[text].at("embedding").get<std::vector<double>>();
    ASSERT_EQ(expected.size(), width);
    for (size_t i = 0; i < width; ++i) {
      ASSERT_NEAR(rows[text * width + i], expected[i], tolerance) << items[text].at("text");
    }
  }
}

// The longest text of a checkpoint is longer than what the model takes.
TEST_P(CheckpointTextTest, ATruncatedTextIsSaidToBe) {
  const json& longest = *std::max_element(cases_.begin(), cases_.end(), [](const json& a, const json& b) {
    const auto size = [](const json& item) {
      return item.at("text").is_null() ? 0 : item.at("text").get_ref<const std::string&>().size();
    };
    return size(a) < size(b);
  });
  std::string text = longest.at("text").get<std::string>();
  while (encoder_->tokenizer().Encode(text, true)->input_ids.size() <=
         static_cast<size_t>(encoder_->info().max_tokens)) {
    text += " " + text;
  }
  const TokenizedText tokenized = encoder_->Tokenize(text, Truncation::end, "").value();
  EXPECT_TRUE(tokenized.truncated);
  EXPECT_EQ(tokenized.encoding.input_ids.size(), static_cast<size_t>(encoder_->info().max_tokens));
  EXPECT_EQ(tokenized.encoding.input_ids.back(), longest.at("input_ids").back().get<int32_t>());
  EXPECT_FALSE(encoder_->Tokenize(text, Truncation::error, "").ok());
}

INSTANTIATE_TEST_SUITE_P(Families, CheckpointTextTest, testing::ValuesIn(kCheckpoints), CheckpointTestName);

}  // namespace
}  // namespace voisin::encoder
