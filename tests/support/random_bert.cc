#include "tests/support/random_bert.h"

#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/vocabulary.h"
#include "tests/support/tensor_maker.h"

namespace voisin::test {
namespace {

namespace fs = std::filesystem;

std::string ConfigText(const BertShape& shape) {
  return absl::StrCat(R"({"model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12,)",
                      R"( "type_vocab_size": 2, "position_embedding_type": "absolute", "vocab_size": )",
                      shape.vocabulary, R"(, "hidden_size": )", shape.width, R"(, "num_hidden_layers": )",
                      shape.layers, R"(, "num_attention_heads": )", shape.heads, R"(, "intermediate_size": )",
                      shape.intermediate, R"(, "max_position_embeddings": )", shape.positions, "}\n");
}

constexpr const char* kModules = R"([
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
  {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
]
)";

std::string PoolingText(const BertShape& shape) {
  return absl::StrCat(R"({"word_embedding_dimension": )", shape.width,
                      R"(, "pooling_mode_mean_tokens": true})");
}

std::string TokenizerText() {
  encoder::UnigramVocabulary vocabulary;
  const auto add = [&](std::string piece, double score) {
    vocabulary.pieces.push_back(std::move(piece));
    vocabulary.scores.push_back(score);
  };
  for (const char* reserved : {"<unk>", "<s>", "</s>"}) add(reserved, 0);
  vocabulary.reserved_ids = 3;
  add("\u2581", -4);
  for (char c = '!'; c <= '~'; ++c) add(std::string(1, c), -8);
  encoder::TokenizerDefinition definition;
  definition.model = std::move(vocabulary);
  definition.pre_tokenizer = {encoder::Metaspace{.split = false}};
  return WriteTokenizerDefinition(definition);
}

void AddLayer(const BertShape& shape, const std::string& layer, TensorMaker& tensors) {
  for (const char* part : {"self.query", "self.key", "self.value", "output.dense"}) {
    tensors.AddDense(layer + "attention." + part, shape.width, shape.width);
  }
  tensors.AddNorm(layer + "attention.output.LayerNorm", shape.width);
  tensors.AddDense(layer + "intermediate.dense", shape.intermediate, shape.width);
  tensors.AddDense(layer + "output.dense", shape.width, shape.intermediate);
  tensors.AddNorm(layer + "output.LayerNorm", shape.width);
}

absl::Status WriteWeights(const BertShape& shape, const fs::path& path) {
  TensorMaker tensors;
  tensors.AddMatrix("embeddings.word_embeddings.weight", shape.vocabulary, shape.width, 0.7f);
  tensors.AddMatrix("embeddings.position_embeddings.weight", shape.positions, shape.width, 0.2f);
  tensors.AddMatrix("embeddings.token_type_embeddings.weight", 2, shape.width, 0.2f);
  tensors.AddNorm("embeddings.LayerNorm", shape.width);
  for (int64_t i = 0; i < shape.layers; ++i) AddLayer(shape, absl::StrCat("encoder.layer.", i, "."), tensors);
  return tensors.Write(path);
}

absl::Status MakeDirectory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("create directory ", path.string()));
}

}  // namespace

absl::Status WriteRandomBert(const BertShape& shape, const fs::path& dir) {
  for (const char* part : {"1_Pooling", "2_Normalize"}) RETURN_IF_ERROR(MakeDirectory(dir / part));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "config.json", ConfigText(shape)));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "modules.json", kModules));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "1_Pooling" / "config.json", PoolingText(shape)));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "sentence_bert_config.json",
                                      absl::StrCat(R"({"max_seq_length": )", shape.positions, "}\n")));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "tokenizer.json", TokenizerText()));
  return WriteWeights(shape, dir / "model.safetensors");
}

}  // namespace voisin::test
