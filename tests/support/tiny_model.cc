#include "tests/support/tiny_model.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/model_config_writer.h"
#include "encoder/vocabulary.h"
#include "tests/support/tensor_maker.h"

namespace voisin::test {
namespace {

using encoder::ModelConfig;
using encoder::TokenizerDefinition;
using encoder::TransformerConfig;
using encoder::UnigramVocabulary;

constexpr int32_t kReservedIds = 3;

std::vector<float> Timescale(int64_t size) {
  std::vector<float> values;
  const float step = std::log(10000.0f) / static_cast<float>(size - 1);
  for (int64_t i = 0; i < size; ++i) values.push_back(std::exp(-step * static_cast<float>(i)));
  return values;
}

ModelConfig TinyConfig(int32_t vocab_size) {
  ModelConfig config;
  config.transformer = {.model_type = "use_lite",
                        .vocab_size = vocab_size,
                        .embedding_size = 16,
                        .hidden_size = 24,
                        .num_hidden_layers = 2,
                        .num_attention_heads = 2,
                        .intermediate_size = 48,
                        .max_position_embeddings = 32,
                        .type_vocab_size = 0,
                        .layer_norm_eps = 1e-6f,
                        .embedding_scale = 2.0f,
                        .hidden_act = encoder::Activation::relu,
                        .position_embedding_type = encoder::PositionEmbedding::sinusoidal,
                        .norm_placement = encoder::NormPlacement::pre,
                        .embedding_norm = false,
                        .final_norm = false};
  config.dense = {{.directory = "2_Dense", .in_features = 24, .out_features = 24}};
  config.normalize = true;
  config.max_seq_length = 32;
  config.collapse_whitespace = true;
  return config;
}

void AddPiece(UnigramVocabulary& vocabulary, std::string piece, double score) {
  vocabulary.pieces.push_back(std::move(piece));
  vocabulary.scores.push_back(score);
}

TokenizerDefinition TinyTokenizer() {
  UnigramVocabulary vocabulary;
  for (const char* reserved : {"<unk>", "<s>", "</s>"}) AddPiece(vocabulary, reserved, 0);
  vocabulary.reserved_ids = kReservedIds;
  AddPiece(vocabulary, "\u2581", -4);
  for (char c = '!'; c <= '~'; ++c) AddPiece(vocabulary, std::string(1, c), -8);
  for (const char* word : {"the",   "a",     "of",      "and",    "to",    "cat",   "dog",      "banana",
                           "chess", "play",  "network", "watch",  "photo", "image", "resize",   "computer",
                           "game",  "music", "editor",  "server", "hello", "world", "document", "search",
                           "red",   "green", "blue",    "one",    "two",   "three"}) {
    AddPiece(vocabulary, std::string("\u2581") + word, -6);
  }
  for (const char* ending : {"s", "ing", "ed", "er"}) AddPiece(vocabulary, ending, -5);
  TokenizerDefinition definition;
  definition.model = std::move(vocabulary);
  definition.normalizer = {encoder::UnicodeForm::nfkc};
  definition.pre_tokenizer = {encoder::Metaspace{.split = false}};
  return definition;
}

void AddLayer(int32_t index, const TransformerConfig& config, TensorMaker& tensors) {
  const std::string layer = "encoder.layer." + std::to_string(index) + ".";
  const int64_t input = index == 0 ? config.embedding_size : config.hidden_size;
  tensors.AddNorm(layer + "attention.norm", input);
  for (const char* part : {"query", "key", "value"})
    tensors.AddDense(layer + "attention.self." + part, input, input);
  tensors.AddDense(layer + "attention.output.dense", config.hidden_size, input);
  if (input != config.hidden_size) tensors.AddDense(layer + "attention.residual", config.hidden_size, input);
  tensors.AddNorm(layer + "feed_forward.norm", config.hidden_size);
  tensors.AddDense(layer + "intermediate.dense", config.intermediate_size, config.hidden_size);
  tensors.AddDense(layer + "output.dense", config.hidden_size, config.intermediate_size);
}

absl::Status WriteWeights(const ModelConfig& config, const std::filesystem::path& dir) {
  const TransformerConfig& transformer = config.transformer;
  TensorMaker tensors;
  tensors.AddMatrix("embeddings.word_embeddings.weight", transformer.vocab_size, transformer.embedding_size,
                    0.7f);
  tensors.AddValues("embeddings.inv_timescale", Timescale(transformer.embedding_size / 2));
  for (int32_t layer = 0; layer < transformer.num_hidden_layers; ++layer)
    AddLayer(layer, transformer, tensors);
  RETURN_IF_ERROR(tensors.Write(dir / "model.safetensors"));
  TensorMaker head;
  head.AddDense("linear", config.dense[0].out_features, config.dense[0].in_features);
  return head.Write(dir / config.dense[0].directory / "model.safetensors");
}

}  // namespace

absl::Status WriteTinyModel(const std::filesystem::path& dir) {
  const TokenizerDefinition tokenizer = TinyTokenizer();
  const ModelConfig config = TinyConfig(static_cast<int32_t>(PiecesOf(tokenizer.model).size()));
  RETURN_IF_ERROR(encoder::WriteModelConfig(config, dir));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "tokenizer.json", WriteTokenizerDefinition(tokenizer)));
  return WriteWeights(config, dir);
}

}  // namespace voisin::test
