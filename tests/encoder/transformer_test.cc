#include "encoder/transformer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "encoder/pooling.h"
#include "tests/encoder/checkpoints.h"
#include "tests/encoder/random_floats.h"
#include "tests/encoder/test_paths.h"
#include "tests/support/scratch_dir.h"

namespace voisin::encoder {
namespace {

using nlohmann::json;

class CheckpointTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    dir_ = CheckpointDir(GetParam());
    if (!std::filesystem::exists(dir_)) GTEST_SKIP() << "no checkpoint " << dir_;
    config_ = LoadModelConfig(dir_).value();
    weights_ = Weights::Load(dir_ / "model.safetensors").value();
    transformer_ = Transformer::Load(config_.transformer, weights_, config_.max_seq_length).value();
    expected_ = json::parse(std::ifstream(dir_ / "expected.json"));
  }

  static Encoding EncodingOf(const json& item) {
    Encoding encoding;
    encoding.input_ids = item.at("input_ids").get<std::vector<int32_t>>();
    encoding.token_type_ids = item.at("token_type_ids").get<std::vector<int32_t>>();
    return encoding;
  }

  std::filesystem::path dir_;
  ModelConfig config_;
  Weights weights_;
  Transformer transformer_;
  json expected_;
};

TEST_P(CheckpointTest, HiddenStatesAndPooledVectorsInOneBatch) {
  Batch batch;
  for (const json& item : expected_["cases"]) batch.Append(EncodingOf(item));
  ASSERT_TRUE(transformer_.Check(batch).ok()) << transformer_.Check(batch);
  TransformerScratch scratch;
  const float* states = transformer_.Forward(batch, scratch);
  const auto width = static_cast<size_t>(config_.transformer.hidden_size);
  std::vector<float> pooled(static_cast<size_t>(batch.size()) * width);
  PoolBatch(config_.pooling, states, batch, config_.transformer.hidden_size, pooled.data());
  for (size_t text = 0; text < expected_["cases"].size(); ++text) {
    const json& item = expected_["cases"][text];
    const float* first = states + static_cast<size_t>(batch.cumulative_seq_lengths[text]) * width;
    for (size_t r = 0; r < item["hidden_rows"].size(); ++r) {
      const float* row = first + item["hidden_rows"][r].get<size_t>() * width;
      for (size_t i = 0; i < width; ++i) {
        ASSERT_NEAR(row[i], item["last_hidden_state"][r][i].get<float>(), 3e-5)
            << "text " << text << " row " << r;
      }
    }
    for (size_t i = 0; i < width; ++i) {
      ASSERT_NEAR(pooled[text * width + i], item["pooled"][i].get<float>(), 2e-5) << "text " << text;
    }
  }
}

TEST_P(CheckpointTest, ATextGivesTheSameStatesAloneAndInAnyOrder) {
  const json& cases = expected_["cases"];
  Batch backwards;
  for (size_t i = cases.size(); i-- > 0;) backwards.Append(EncodingOf(cases[i]));
  TransformerScratch scratch;
  const auto width = static_cast<size_t>(config_.transformer.hidden_size);
  const float* states = transformer_.Forward(backwards, scratch);
  const std::vector<float> together(states, states + static_cast<size_t>(backwards.tokens()) * width);
  for (size_t text = 0; text < cases.size(); ++text) {
    Batch alone;
    alone.Append(EncodingOf(cases[cases.size() - 1 - text]));
    const float* row = transformer_.Forward(alone, scratch);
    const size_t first = static_cast<size_t>(backwards.cumulative_seq_lengths[text]) * width;
    for (size_t i = 0; i < static_cast<size_t>(alone.tokens()) * width; ++i)
      ASSERT_EQ(row[i], together[first + i]) << "text " << text;
  }
}

// The rest of the way, dense layers and unit length, by token ids: no tokenizer takes part.
TEST_P(CheckpointTest, Embeddings) {
  std::vector<Linear> dense;
  for (const DenseConfig& d : config_.dense) {
    const Weights weights = Weights::LoadModel(dir_ / d.directory).value();
    dense.push_back(
        Linear::Load(weights, "linear", d.out_features, d.in_features, d.activation, d.bias).value());
  }
  TransformerScratch scratch;
  for (const json& item : expected_["cases"]) {
    Batch batch;
    batch.Append(EncodingOf(item));
    std::vector<float> row(static_cast<size_t>(config_.pooled_size()));
    PoolBatch(config_.pooling, transformer_.Forward(batch, scratch), batch, config_.transformer.hidden_size,
              row.data());
    for (const Linear& linear : dense) {
      std::vector<float> next(static_cast<size_t>(linear.out()));
      linear.Apply(row.data(), 1, next.data());
      row = std::move(next);
    }
    if (config_.normalize) BestKernels().l2_normalize(row.data(), static_cast<int64_t>(row.size()));
    ASSERT_EQ(row.size(), item["embedding"].size());
    const double tolerance = config_.normalize ? 5e-6 : 2e-5;
    for (size_t i = 0; i < row.size(); ++i)
      ASSERT_NEAR(row[i], item["embedding"][i].get<double>(), tolerance);
  }
}

TEST_P(CheckpointTest, EveryPoolingMode) {
  Batch batch;
  batch.Append(EncodingOf(expected_["cases"][1]));
  TransformerScratch scratch;
  const float* states = transformer_.Forward(batch, scratch);
  const auto width = static_cast<size_t>(config_.transformer.hidden_size);
  const std::pair<PoolingMode, const char*> modes[] = {{PoolingMode::cls, "cls"},
                                                       {PoolingMode::mean, "mean"},
                                                       {PoolingMode::max, "max"},
                                                       {PoolingMode::last, "lasttoken"},
                                                       {PoolingMode::mean_sqrt_len, "mean_sqrt_len"},
                                                       {PoolingMode::weighted_mean, "weightedmean"}};
  for (const auto& [mode, name] : modes) {
    std::vector<float> pooled(width);
    Pool(mode, states, batch.cumulative_seq_lengths, config_.transformer.hidden_size, pooled.data());
    for (size_t i = 0; i < width; ++i) {
      ASSERT_NEAR(pooled[i], expected_["pool_modes_case1"][name][i].get<float>(), 3e-5) << name;
    }
  }
}

TEST_P(CheckpointTest, RefusesWhatLiesOutsideTheTables) {
  Batch batch;
  batch.Append({.input_ids = {config_.transformer.vocab_size}, .token_type_ids = {0}, .offsets = {}});
  EXPECT_EQ(transformer_.Check(batch).code(), absl::StatusCode::kInvalidArgument);
  batch.Clear();
  if (config_.transformer.type_vocab_size > 0) {
    batch.Append({.input_ids = {1}, .token_type_ids = {config_.transformer.type_vocab_size}, .offsets = {}});
    EXPECT_EQ(transformer_.Check(batch).code(), absl::StatusCode::kInvalidArgument);
  }
  batch.Clear();
  batch.Append({});
  EXPECT_EQ(transformer_.Check(batch).code(), absl::StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Families, CheckpointTest, testing::ValuesIn(kCheckpoints), CheckpointTestName);

// Hidden states of "hello world" in the default model, from a float64 run of its graph.
struct HelloWorldStates {
  int32_t layers;
  std::vector<float> first;  // values of the first token
  std::vector<float> last;   // values of the last token
  double norm;               // Frobenius, over all tokens
};

TEST(DefaultModelStatesTest, AfterEachLayer) {
  if (!std::filesystem::exists(ModelDir()))
    GTEST_SKIP() << "no model in " << ModelDir() << "; run ./dev setup";
  const HelloWorldStates expected[] = {
      {1, {2.274238f, 1.152810f, 2.858687f, 3.792046f}, {2.896347f, 5.759009f}, 138.185759},
      {2, {1.796970f, 3.402386f, 2.534332f, 4.146137f}, {1.255521f, 3.593032f}, 103.215835}};
  TransformerConfig config = LoadModelConfig(ModelDir()).value().transformer;
  const Weights weights = Weights::Load(ModelDir() / "model.safetensors").value();
  Batch batch;
  batch.Append({.input_ids = {2002, 102, 311}, .token_type_ids = {0, 0, 0}, .offsets = {}});
  for (const HelloWorldStates& states : expected) {
    config.num_hidden_layers = states.layers;
    TransformerScratch scratch;
    const float* x = Transformer::Load(config, weights, 128).value().Forward(batch, scratch);
    for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(x[i], states.first[i], 1e-5);
    for (size_t i = 0; i < 2; ++i) EXPECT_NEAR(x[2 * 512 + i], states.last[i], 1e-5);
    double squares = 0;
    for (size_t i = 0; i < 3 * 512; ++i) squares += static_cast<double>(x[i]) * x[i];
    EXPECT_NEAR(std::sqrt(squares), states.norm, 1e-4);
  }
}

// A pre-norm model, built from random tensors: 8 -> 12 wide, residual projection, final norm or none.
class PreNormTest : public testing::Test {
 protected:
  static constexpr int64_t kIn = 8, kOut = 12, kHidden = 20, kWords = 30;

  PreNormTest() {
    config_ = {.model_type = "use_lite",
               .vocab_size = kWords,
               .embedding_size = kIn,
               .hidden_size = kOut,
               .num_hidden_layers = 2,
               .num_attention_heads = 2,
               .intermediate_size = kHidden,
               .max_position_embeddings = 16,
               .layer_norm_eps = 1e-6f,
               .embedding_scale = 2.0f,
               .hidden_act = Activation::gelu,
               .position_embedding_type = PositionEmbedding::sinusoidal,
               .norm_placement = NormPlacement::pre,
               .embedding_norm = false};
    Add("embeddings.word_embeddings.weight", {kWords, kIn});
    Add("embeddings.inv_timescale", {kIn / 2});
    AddLayer("encoder.layer.0", kIn);
    AddLayer("encoder.layer.1", kOut);
    AddPair("encoder.final_norm", {kOut});
    std::vector<NamedTensor> named;
    for (const auto& [name, shape, values] : tensors_) named.push_back({name, shape, values});
    const auto path = dir_.path() / "model.safetensors";
    EXPECT_TRUE(WriteSafetensors(path, named).ok());
    weights_ = Weights::Load(path).value();
    batch_.Append({.input_ids = {1, 2, 3}, .token_type_ids = {0, 0, 0}, .offsets = {}});
    batch_.Append({.input_ids = {29}, .token_type_ids = {0}, .offsets = {}});
  }

  void Add(std::string name, std::vector<int64_t> shape) {
    int64_t size = 1;
    for (const int64_t dimension : shape) size *= dimension;
    tensors_.push_back({std::move(name), std::move(shape), RandomFloats(size, seed_++, 0.3f)});
  }
  void AddPair(const std::string& name, std::vector<int64_t> shape) {
    Add(name + ".bias", {shape[0]});
    Add(name + ".weight", std::move(shape));
  }
  void AddLayer(const std::string& name, int64_t in) {
    for (const char* part : {".query", ".key", ".value"}) AddPair(name + ".attention.self" + part, {in, in});
    AddPair(name + ".attention.norm", {in});
    AddPair(name + ".attention.output.dense", {kOut, in});
    if (in != kOut) AddPair(name + ".attention.residual", {kOut, in});
    AddPair(name + ".feed_forward.norm", {kOut});
    AddPair(name + ".intermediate.dense", {kHidden, kOut});
    AddPair(name + ".output.dense", {kOut, kHidden});
  }

  struct Tensor {
    std::string name;
    std::vector<int64_t> shape;
    std::vector<float> values;
  };
  test::ScratchDir dir_;
  uint32_t seed_ = 1;
  std::vector<Tensor> tensors_;
  TransformerConfig config_;
  Weights weights_;
  Batch batch_;
};

TEST_F(PreNormTest, MeansEqualTheMeanOfTheStates) {
  for (const bool final_norm : {false, true}) {
    config_.final_norm = final_norm;
    const Transformer transformer = Transformer::Load(config_, weights_, 16).value();
    TransformerScratch scratch;
    std::vector<float> expected(2 * kOut), means(2 * kOut);
    Pool(PoolingMode::mean, transformer.Forward(batch_, scratch), batch_.cumulative_seq_lengths, kOut,
         expected.data());
    transformer.ForwardMeans(batch_, scratch, means.data());
    for (size_t i = 0; i < means.size(); ++i) EXPECT_NEAR(means[i], expected[i], 1e-5);
  }
}

TEST_F(PreNormTest, WrongShapesAreNamed) {
  config_.intermediate_size = kHidden + 1;
  const auto transformer = Transformer::Load(config_, weights_, 16);
  ASSERT_FALSE(transformer.ok());
  EXPECT_NE(std::string(transformer.status().message()).find("encoder.layer.0.intermediate.dense"),
            std::string::npos)
      << transformer.status();
}

TEST_F(PreNormTest, HeadsThatDoNotDivideTheWidthAreRefused) {
  config_.num_attention_heads = 5;
  EXPECT_EQ(Transformer::Load(config_, weights_, 16).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PreNormTest, AbsolutePositionsMustReachTheLimit) {
  config_.position_embedding_type = PositionEmbedding::absolute;
  EXPECT_EQ(Transformer::Load(config_, weights_, 17).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace voisin::encoder
