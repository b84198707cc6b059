#include "encoder/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "base/files.h"
#include "encoder/model_config_writer.h"
#include "tests/encoder/test_paths.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kBert =
    R"({"model_type": "bert", "vocab_size": 233, "hidden_size": 48, "num_hidden_layers": 3,
  "num_attention_heads": 4, "intermediate_size": 192, "max_position_embeddings": 128, "type_vocab_size": 2,
  "layer_norm_eps": 1e-12, "hidden_act": "gelu", "position_embedding_type": "absolute"})";

absl::Status ParseBertWith(const std::string& from, const std::string& to) {
  return ParseTransformerConfig(absl::StrReplaceAll(kBert, {{from, to}})).status();
}

// A tiny model with one file changed.
absl::Status LoadChanged(const std::string& file, const std::string& from, const std::string& to) {
  const test::ScratchDir dir;
  EXPECT_TRUE(test::WriteTinyModel(dir.path() / "m").ok());
  const std::string before = *ReadFile(dir.path() / "m" / file);
  const std::string after = absl::StrReplaceAll(before, {{from, to}});
  EXPECT_NE(before, after);
  EXPECT_TRUE(WriteFileAtomically(dir.path() / "m" / file, after).ok());
  return LoadModelConfig(dir.path() / "m").status();
}

TEST(ModelConfigTest, BertKeepsItsDefaults) {
  const auto config = ParseTransformerConfig(kBert);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->embedding_size, 48);
  EXPECT_EQ(config->norm_placement, NormPlacement::post);
  EXPECT_EQ(config->position_embedding_type, PositionEmbedding::absolute);
  EXPECT_TRUE(config->embedding_norm);
  EXPECT_FALSE(config->final_norm);
}

TEST(ModelConfigTest, ErrorsNameTheField) {
  EXPECT_THAT(ParseBertWith("\"vocab_size\": 233,", "").message(),
              HasSubstr("lacks the field \"vocab_size\""));
  EXPECT_THAT(ParseBertWith("233", "\"233\"").message(), HasSubstr("config.json: vocab_size is string"));
  EXPECT_THAT(ParseBertWith("233", "0").message(), HasSubstr("vocab_size is 0, expected 1 to"));
  EXPECT_THAT(ParseBertWith("1e-12", "-1").message(), HasSubstr("layer_norm_eps is out of range"));
  EXPECT_THAT(ParseBertWith("\"num_attention_heads\": 4", "\"num_attention_heads\": 5").message(),
              HasSubstr("multiples of num_attention_heads 5"));
}

TEST(ModelConfigTest, OtherKindsAreUnimplementedByName) {
  const std::pair<std::string, std::string> kCases[] = {
      {"bert", "roberta"}, {"\"gelu\"", "\"swiglu\""}, {"absolute", "relative_key"}};
  for (const auto& [from, to] : kCases) {
    const absl::Status status = ParseBertWith(from, to);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(status.message(), HasSubstr(absl::StrReplaceAll(to, {{"\"", ""}})));
  }
}

TEST(ModelConfigTest, WhatIsWrittenReadsBack) {
  const test::ScratchDir dir;
  ASSERT_TRUE(test::WriteTinyModel(dir.path() / "tiny").ok());
  const auto config = LoadModelConfig(dir.path() / "tiny" / "");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->name, "tiny");
  EXPECT_EQ(config->transformer.embedding_size, 16);
  EXPECT_EQ(config->transformer.norm_placement, NormPlacement::pre);
  EXPECT_EQ(config->transformer.layer_norm_eps, 1e-6f);
  EXPECT_EQ(config->pooling, PoolingMode::mean);
  EXPECT_EQ(config->dimensions(), 24);
  EXPECT_TRUE(config->normalize);
  EXPECT_TRUE(config->collapse_whitespace);
  EXPECT_EQ(config->max_seq_length, 32);
  ASSERT_TRUE(WriteModelConfig(*config, dir.path() / "again").ok());
  EXPECT_EQ(*ReadFile(dir.path() / "again" / "config.json"), *ReadFile(dir.path() / "tiny" / "config.json"));
  EXPECT_EQ(*ReadFile(dir.path() / "again" / "modules.json"),
            *ReadFile(dir.path() / "tiny" / "modules.json"));
}

TEST(ModelConfigTest, AbsentFilesAreNotFoundByName) {
  for (const char* file : {"config.json", "modules.json", "1_Pooling/config.json", "2_Dense/config.json"}) {
    const test::ScratchDir dir;
    ASSERT_TRUE(test::WriteTinyModel(dir.path()).ok());
    fs::remove(dir.path() / file);
    const absl::Status status = LoadModelConfig(dir.path()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
    EXPECT_THAT(status.message(), HasSubstr(file));
  }
}

TEST(ModelConfigTest, DisagreeingFilesAreRefused) {
  EXPECT_THAT(LoadChanged("1_Pooling/config.json", "24", "25").message(),
              HasSubstr("word_embedding_dimension 25, expected 24"));
  EXPECT_THAT(LoadChanged("2_Dense/config.json", "\"in_features\": 24", "\"in_features\": 7").message(),
              HasSubstr("in_features 7, expected 24"));
  EXPECT_THAT(LoadChanged("sentence_bert_config.json", "32", "33").message(),
              HasSubstr("max_seq_length 33, expected at most"));
  EXPECT_THAT(
      LoadChanged("1_Pooling/config.json", "\"pooling_mode_mean_tokens\": true", "\"x\": 1").message(),
      HasSubstr("sets no pooling mode"));
}

TEST(ModelConfigTest, ModulesAreChecked) {
  EXPECT_THAT(LoadChanged("modules.json", "1_Pooling", "../elsewhere").message(),
              HasSubstr("not the name of a subdirectory"));
  EXPECT_THAT(LoadChanged("modules.json", "models.Dense", "models.LSTM").message(), HasSubstr("LSTM"));
  EXPECT_THAT(LoadChanged("modules.json", "models.Pooling", "models.Dense").message(),
              HasSubstr("out of order"));
  EXPECT_FALSE(LoadChanged("modules.json", "[", "{").ok());
}

TEST(ModelConfigTest, ReadsSentenceTransformersDirectories) {
  const fs::path shared = SharedDir();
  if (!fs::exists(shared)) GTEST_SKIP() << "the shared fixtures are not there (VOISIN_SHARED_DIR)";
  const fs::path checkpoints = shared / "fixtures" / "checkpoints";
  const auto dense = LoadModelConfig(checkpoints / "bert-dense-cased");
  ASSERT_TRUE(dense.ok()) << dense.status();
  EXPECT_EQ(dense->pooling, PoolingMode::max);
  EXPECT_EQ(dense->transformer.hidden_act, Activation::gelu_tanh);
  EXPECT_EQ(dense->dense.size(), 1u);
  const auto minilm = LoadModelConfig(checkpoints / "bert-minilm");
  ASSERT_TRUE(minilm.ok()) << minilm.status();
  EXPECT_EQ(minilm->max_seq_length, 32);
  EXPECT_EQ(LoadModelConfig(checkpoints / "modernbert").status().code(), absl::StatusCode::kUnimplemented);
}

TEST(ModelConfigTest, EveryPoolingModeHasAName) {
  EXPECT_EQ(PoolingModeName(PoolingMode::mean_sqrt_len), "mean_sqrt_len");
  EXPECT_EQ(PoolingModeName(PoolingMode::cls), "cls");
}

}  // namespace
}  // namespace voisin::encoder
