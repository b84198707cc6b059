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
  const std::pair<std::string, std::string> cases[] = {
      {"bert", "rembert"}, {"\"gelu\"", "\"swiglu\""}, {"absolute", "relative_key"}};
  for (const auto& [from, to] : cases) {
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
  EXPECT_EQ(config->pooling, std::vector{PoolingMode::mean});
  EXPECT_EQ(config->dimensions(), 24);
  EXPECT_TRUE(config->normalize);
  EXPECT_TRUE(config->collapse_whitespace);
  EXPECT_EQ(config->max_seq_length, 32);
  ASSERT_TRUE(WriteModelConfig(*config, dir.path() / "again").ok());
  EXPECT_EQ(*ReadFile(dir.path() / "again" / "config.json"), *ReadFile(dir.path() / "tiny" / "config.json"));
  EXPECT_EQ(*ReadFile(dir.path() / "again" / "modules.json"),
            *ReadFile(dir.path() / "tiny" / "modules.json"));
  ModelConfig lower = *config;
  EXPECT_FALSE(lower.do_lower_case);
  lower.do_lower_case = true;
  ASSERT_TRUE(WriteModelConfig(lower, dir.path() / "lower").ok());
  EXPECT_TRUE(LoadModelConfig(dir.path() / "lower")->do_lower_case);
}

TEST(ModelConfigTest, HybridSearchHasItsKeys) {
  const test::ScratchDir dir;
  ASSERT_TRUE(test::WriteTinyModel(dir.path()).ok());
  ModelConfig config = LoadModelConfig(dir.path()).value();
  EXPECT_EQ(config.lexical_language, "none");
  EXPECT_EQ(config.dense_weight, 0.5f);
  config.lexical_language = "French";
  config.dense_weight = 0.25f;
  ASSERT_TRUE(WriteModelConfig(config, dir.path() / "french").ok());
  EXPECT_EQ(LoadModelConfig(dir.path() / "french")->lexical_language, "fr");
  EXPECT_EQ(LoadModelConfig(dir.path() / "french")->dense_weight, 0.25f);
  config.dense_weight = 1.5f;
  ASSERT_TRUE(WriteModelConfig(config, dir.path() / "heavy").ok());
  EXPECT_THAT(std::string(LoadModelConfig(dir.path() / "heavy").status().message()),
              HasSubstr("dense_weight"));
  config.lexical_language = "klingon";
  ASSERT_TRUE(WriteModelConfig(config, dir.path() / "star").ok());
  EXPECT_THAT(std::string(LoadModelConfig(dir.path() / "star").status().message()), HasSubstr("klingon"));
}

TEST(ModelConfigTest, AbsentFilesAreNotFoundByName) {
  for (const char* file : {"config.json", "1_Pooling/config.json", "2_Dense/config.json"}) {
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
  EXPECT_FALSE(LoadChanged("modules.json", "]", "}").ok());
}

TEST(ModelConfigTest, ReadsSentenceTransformersDirectories) {
  const fs::path shared = SharedDir();
  if (!fs::exists(shared)) GTEST_SKIP() << "the shared fixtures are not there (VOISIN_SHARED_DIR)";
  const fs::path checkpoints = shared / "fixtures" / "checkpoints";
  const auto dense = LoadModelConfig(checkpoints / "bert-dense-cased");
  ASSERT_TRUE(dense.ok()) << dense.status();
  EXPECT_EQ(dense->pooling, std::vector{PoolingMode::max});
  EXPECT_EQ(dense->transformer.hidden_act, Activation::gelu_tanh);
  EXPECT_EQ(dense->dense.size(), 1u);
  const auto minilm = LoadModelConfig(checkpoints / "bert-minilm");
  ASSERT_TRUE(minilm.ok()) << minilm.status();
  EXPECT_EQ(minilm->max_seq_length, 32);
}

TEST(ModelConfigTest, AbsurdSizesAreRefused) {
  EXPECT_THAT(ParseBertWith("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1000000000").message(),
              HasSubstr("num_hidden_layers is 1000000000, expected 1 to 1024"));
  EXPECT_THAT(ParseBertWith("\"hidden_size\": 48", "\"hidden_size\": 99999999999999999999").message(),
              HasSubstr("hidden_size is"));
  EXPECT_THAT(ParseBertWith("128", "1e9").message(), HasSubstr("max_position_embeddings is number"));
}

constexpr const char* kNomic =
    R"({"model_type": "nomic_bert", "vocab_size": 250, "n_embd": 48, "n_layer": 3, "n_head": 4, "n_inner": 96,
  "n_positions": 8192, "max_trained_positions": 2048, "pad_vocab_size_multiple": 64, "rotary_emb_base": 1000,
  "rotary_emb_fraction": 0.5, "activation_function": "swiglu", "qkv_proj_bias": false, "type_vocab_size": 2,
  "layer_norm_epsilon": 1e-6, "rotary_scaling_factor": null, "prenorm": false})";

absl::Status ParseNomicWith(const std::string& from, const std::string& to) {
  return ParseTransformerConfig(absl::StrReplaceAll(kNomic, {{from, to}})).status();
}

TEST(ModelConfigTest, NomicHasItsOwnNames) {
  const auto config = ParseTransformerConfig(kNomic);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->vocab_size, 256);  // padded to a multiple of 64
  EXPECT_EQ(config->hidden_act, Activation::silu);
  EXPECT_TRUE(config->gated);
  EXPECT_FALSE(config->attention_bias);
  EXPECT_EQ(config->rope_theta, 1000.0f);
  EXPECT_EQ(config->max_tokens(), 8192);
  const auto scaled =
      ParseTransformerConfig(absl::StrReplaceAll(kNomic, {{"factor\": null", "factor\": 2"}}));
  ASSERT_TRUE(scaled.ok()) << scaled.status();
  EXPECT_EQ(scaled->max_tokens(), 2048);
}

TEST(ModelConfigTest, OptionsThatWeDoNotComputeAreUnimplemented) {
  EXPECT_EQ(ParseNomicWith("\"prenorm\": false", "\"prenorm\": true").code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ParseNomicWith("swiglu", "mish").code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ParseBertWith("\"hidden_act\"", "\"is_decoder\": true, \"hidden_act\"").code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_THAT(ParseNomicWith("0.5", "0.3").message(), HasSubstr("expected an even part"));
}

TEST(ModelConfigTest, ModernbertStatesItsRotations) {
  const char* config = R"({"model_type": "modernbert", "vocab_size": 9, "hidden_size": 8,
    "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 4, "max_position_embeddings": 64,
    "local_rope_theta": 10000, "local_attention": 16, "global_attn_every_n_layers": 3})";
  EXPECT_THAT(ParseTransformerConfig(config).status().message(),
              HasSubstr("lacks the field \"global_rope_theta\""));
}

TEST(ModelConfigTest, RobertaKeepsPositionsForPadding) {
  const auto config = ParseTransformerConfig(absl::StrReplaceAll(kBert, {{"\"bert\"", "\"roberta\""}}));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->max_tokens(), 126);
  EXPECT_THAT(ParseTransformerConfig(absl::StrReplaceAll(kBert, {{"\"bert\"", "\"roberta\""}, {"128", "2"}}))
                  .status()
                  .message(),
              HasSubstr("expected more than pad_token_id + 1 = 2"));
}

TEST(ModelConfigTest, LongestTextIsWhatPositionsAllow) {
  const test::ScratchDir dir;
  ASSERT_TRUE(test::WriteTinyModel(dir.path()).ok());
  const auto length = [&](const char* file, const char* text) {
    EXPECT_TRUE(WriteFileAtomically(dir.path() / file, text).ok());
    return LoadModelConfig(dir.path())->max_seq_length;
  };
  EXPECT_EQ(length("sentence_bert_config.json", R"({"max_seq_length": 512})"), 32);
  EXPECT_EQ(length("tokenizer_config.json", R"({"model_max_length": 1e30})"), 32);
  EXPECT_EQ(length("sentence_bert_config.json", R"({"max_seq_length": null})"), 32);
  EXPECT_EQ(length("tokenizer_config.json", R"({"model_max_length": 20})"), 20);
  EXPECT_EQ(length("sentence_bert_config.json", R"({"max_seq_length": 24})"), 24);
}

TEST(ModelConfigTest, WithoutModulesTheMeanIsTaken) {
  const test::ScratchDir dir;
  ASSERT_TRUE(test::WriteTinyModel(dir.path()).ok());
  fs::remove(dir.path() / "modules.json");
  const auto config = LoadModelConfig(dir.path());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->pooling, std::vector{PoolingMode::mean});
  EXPECT_TRUE(config->dense.empty());
  EXPECT_FALSE(config->normalize);
}

TEST(ModelConfigTest, PoolingModesAreJoinedInTheLibrarysOrder) {
  const test::ScratchDir dir;
  ASSERT_TRUE(test::WriteTinyModel(dir.path()).ok());
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "1_Pooling" / "config.json",
                                  R"({"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true,
        "pooling_mode_cls_token": true, "include_prompt": false})")
                  .ok());
  fs::remove(dir.path() / "2_Dense" / "config.json");
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "2_Dense" / "config.json",
                                  R"({"in_features": 72, "out_features": 24})")
                  .ok());
  const auto config = LoadModelConfig(dir.path());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->pooling, (std::vector{PoolingMode::cls, PoolingMode::max, PoolingMode::mean}));
  EXPECT_EQ(config->pooled_size(), 72);
  EXPECT_FALSE(config->include_prompt);
}

TEST(ModelConfigTest, PromptsAreRead) {
  const test::ScratchDir dir;
  ASSERT_TRUE(test::WriteTinyModel(dir.path()).ok());
  const auto load = [&](const char* text) {
    EXPECT_TRUE(WriteFileAtomically(dir.path() / "config_sentence_transformers.json", text).ok());
    return LoadModelConfig(dir.path());
  };
  const auto config = load(R"({"prompts": {"query": "query: ", "document": null},
    "default_prompt_name": "query", "similarity_fn_name": "dot"})");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->prompts.at("query"), "query: ");
  EXPECT_FALSE(config->prompts.contains("document"));
  EXPECT_EQ(config->default_prompt_name, "query");
  EXPECT_EQ(config->similarity_fn_name, "dot");
  EXPECT_THAT(load(R"({"prompts": {}, "default_prompt_name": "query"})").status().message(),
              HasSubstr("not among its prompts"));
  EXPECT_THAT(load(R"({"prompts": {"query": 7}})").status().message(),
              HasSubstr("prompts.query is number, expected string"));
}

TEST(ModelConfigTest, EveryPoolingModeHasAName) {
  EXPECT_EQ(PoolingModeName(PoolingMode::mean_sqrt_len), "mean_sqrt_len");
  EXPECT_EQ(PoolingModeName(PoolingMode::cls), "cls");
}

}  // namespace
}  // namespace voisin::encoder
