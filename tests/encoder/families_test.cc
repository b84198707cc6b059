#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "encoder/model_config.h"
#include "encoder/text_encoder.h"
#include "encoder/transformer.h"
#include "tests/encoder/checkpoints.h"
#include "tests/support/reference_encoder.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_checkpoint.h"

namespace voisin::encoder {
namespace {

using nlohmann::json;
using test::Matrix;
using test::TinyCheckpoint;

// The reference against an independent implementation's numbers, where they are there.
class ReferenceTest : public testing::TestWithParam<const char*> {};

TEST_P(ReferenceTest, GivesTheStatesOfTheCheckpoint) {
  const auto dir = CheckpointDir(GetParam());
  if (!std::filesystem::exists(dir)) GTEST_SKIP() << "no checkpoint " << dir;
  const test::ReferenceEncoder reference(dir);
  const json expected = json::parse(std::ifstream(dir / "expected.json"));
  for (const json& item : expected.at("cases")) {
    const Matrix states = reference.HiddenStates(item.at("input_ids"), item.at("token_type_ids"));
    for (size_t r = 0; r < item.at("hidden_rows").size(); ++r) {
      const std::vector<double>& row = states.at(item["hidden_rows"][r].get<size_t>());
      const auto numbers = item.at("last_hidden_state")[r].get<std::vector<double>>();
      ASSERT_EQ(row.size(), numbers.size());
      // The file has nine digits.
      for (size_t i = 0; i < row.size(); ++i) ASSERT_NEAR(row[i], numbers[i], 1e-7) << item["text"];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, ReferenceTest, testing::ValuesIn(kCheckpoints), CheckpointTestName);

// Every family against the reference, with checkpoints made here.
class FamilyTest : public testing::TestWithParam<TinyCheckpoint> {
 protected:
  FamilyTest() {
    EXPECT_TRUE(test::WriteTinyCheckpoint(GetParam(), dir_.path()).ok());
    config_ = LoadModelConfig(dir_.path()).value();
    encoder_ = TextEncoder::Load(dir_.path()).value();
    reference_ = std::make_unique<test::ReferenceEncoder>(dir_.path());
  }

  // Ids of any kind, padding tokens and second token types too.
  Encoding RandomEncoding(size_t tokens) {
    Encoding encoding;
    for (size_t i = 0; i < tokens; ++i) {
      encoding.input_ids.push_back(static_cast<int32_t>(random_() % 100));
      const auto types = static_cast<uint32_t>(std::max(config_.transformer.type_vocab_size, 1));
      encoding.token_type_ids.push_back(static_cast<int32_t>(random_() % types));
    }
    return encoding;
  }

  // The mean of the states at unit length.
  std::vector<double> ReferenceEmbedding(const Encoding& encoding) const {
    const Matrix states = reference_->HiddenStates(encoding.input_ids, encoding.token_type_ids);
    std::vector<double> sum(states[0].size());
    for (const auto& row : states) {
      for (size_t i = 0; i < row.size(); ++i) sum[i] += row[i];
    }
    double squares = 0;
    for (const double x : sum) squares += x * x;
    for (double& x : sum) x /= std::sqrt(squares);
    return sum;
  }

  std::vector<float> Rows(const Batch& batch) const {
    std::vector<float> rows(static_cast<size_t>(batch.size() * encoder_->info().dimensions));
    EXPECT_TRUE(encoder_->Encode(batch, rows).ok());
    return rows;
  }

  test::ScratchDir dir_;
  std::mt19937 random_{11};
  ModelConfig config_;
  std::unique_ptr<TextEncoder> encoder_;
  std::unique_ptr<test::ReferenceEncoder> reference_;
};

TEST_P(FamilyTest, HiddenStates) {
  const Weights weights = Weights::LoadModel(dir_.path()).value();
  const Transformer transformer = Transformer::Load(config_.transformer, weights, 40).value();
  Batch batch;
  std::vector<Encoding> encodings;
  for (const size_t tokens : {1u, 2u, 7u, 16u, 33u, 40u}) {
    encodings.push_back(RandomEncoding(tokens));
    batch.Append(encodings.back());
  }
  TransformerScratch scratch;
  const float* state = transformer.Forward(batch, scratch);
  for (const Encoding& encoding : encodings) {
    for (const auto& row : reference_->HiddenStates(encoding.input_ids, encoding.token_type_ids)) {
      for (const double expected : row) {
        ASSERT_NEAR(*state++, expected, 3e-5) << encoding.input_ids.size() << " tokens";
      }
    }
  }
}

TEST_P(FamilyTest, EmbeddingsOfTexts) {
  const std::string all = "the quick brown fox plays, dogs search a vector of bananas and 42 cats!";
  for (const std::string& text : {std::string("cat"), std::string(), all, all + all}) {
    const TokenizedText tokenized = encoder_->Tokenize(text, Truncation::end, "").value();
    EXPECT_EQ(tokenized.truncated, text == all + all) << tokenized.token_count;
    Batch batch;
    batch.Append(tokenized.encoding);
    const std::vector<float> row = Rows(batch);
    const std::vector<double> expected = ReferenceEmbedding(tokenized.encoding);
    for (size_t i = 0; i < row.size(); ++i) ASSERT_NEAR(row[i], expected[i], 5e-6) << text;
  }
}

TEST_P(FamilyTest, ATextGivesTheSameEmbeddingInAnyBatch) {
  std::vector<Encoding> encodings;
  for (size_t i = 0; i < 40; ++i) encodings.push_back(RandomEncoding(1 + random_() % 40));
  Batch batch;
  for (const Encoding& encoding : encodings) batch.Append(encoding);
  const std::vector<float> together = Rows(batch);
  for (size_t text = 0; text < encodings.size(); ++text) {
    Batch alone;
    alone.Append(encodings[text]);
    const std::vector<float> row = Rows(alone);
    for (size_t i = 0; i < row.size(); ++i) ASSERT_NEAR(row[i], together[text * row.size() + i], 1e-6);
  }
}

std::string FamilyName(const testing::TestParamInfo<TinyCheckpoint>& checkpoint) {
  std::string name = checkpoint.param.family + (checkpoint.param.biases ? "_biases" : "");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Tiny, FamilyTest,
                         testing::Values(TinyCheckpoint{"bert"}, TinyCheckpoint{"roberta"},
                                         TinyCheckpoint{"xlm-roberta"}, TinyCheckpoint{"distilbert"},
                                         TinyCheckpoint{"mpnet"}, TinyCheckpoint{"nomic_bert"},
                                         TinyCheckpoint{"nomic_bert", true}, TinyCheckpoint{"modernbert"},
                                         TinyCheckpoint{"modernbert", true}),
                         FamilyName);

}  // namespace
}  // namespace voisin::encoder
