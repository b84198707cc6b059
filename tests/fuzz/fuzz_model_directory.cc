// The files of a model directory, each behind a line "== NAME": an error, or a model whose sizes fit each other. What
// the writer of our own models can say is read back the same.
#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>

#include "encoder/model_config.h"
#include "encoder/model_config_writer.h"
#include "encoder/tokenizer_settings.h"
#include "encoder/weights.h"
#include "tests/fuzz/require.h"
#include "tests/support/scratch_dir.h"

namespace {

using namespace voisin::encoder;
using voisin::fuzz::Refused;
using voisin::fuzz::Require;
namespace fs = std::filesystem;

constexpr std::array<std::string_view, 12> kFiles = {
    "config.json",
    "modules.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "a.safetensors",
};

void WriteFiles(std::string_view bytes, const fs::path& dir) {
  constexpr std::string_view kMark = "== ";
  for (const char* folder : {"1_Pooling", "2_Dense"}) fs::create_directory(dir / folder);
  while (bytes.starts_with(kMark)) {
    const size_t end = std::min(bytes.find("\n== "), bytes.size());
    const std::string_view part = bytes.substr(kMark.size(), end - kMark.size());
    const std::string_view name = part.substr(0, part.find('\n'));
    const std::string_view content = part.substr(std::min(part.size(), name.size() + 1));
    if (std::ranges::find(kFiles, name) != kFiles.end()) {
      Require((std::ofstream(dir / name, std::ios::binary) << content).good());
    }
    bytes.remove_prefix(std::min(bytes.size(), end + 1));
  }
}

// The writer's form has no families but our own, and a directory for each Dense module.
bool CanBeWritten(const ModelConfig& config) {
  return config.transformer.model_type == "use_lite" && config.dense.empty();
}

void CheckWriter(const ModelConfig& config) {
  const voisin::test::ScratchDir copy;
  Require(WriteModelConfig(config, copy.path()).ok());
  const auto read = LoadModelConfig(copy.path());
  Require(read.ok());
  Require(read->pooling == config.pooling && read->normalize == config.normalize);
  Require(read->max_seq_length == config.max_seq_length && read->do_lower_case == config.do_lower_case);
  Require(read->transformer.embedding_scale == config.transformer.embedding_scale);
  Require(read->transformer.layer_norm_eps == config.transformer.layer_norm_eps);
  Require(read->dimensions() == config.dimensions() && read->dense_weight == config.dense_weight);
  Require(read->lexical_language == config.lexical_language);
}

void ReadConfig(const fs::path& dir) {
  const auto config = LoadModelConfig(dir);
  if (Refused(config.status())) return;
  Require(config->max_seq_length >= 1 && config->max_seq_length <= config->transformer.max_tokens());
  Require(!config->pooling.empty() && config->dimensions() > 0);
  Require(config->dense_weight > 0 && config->dense_weight <= 1);
  Require(config->default_prompt_name.empty() || config->prompts.contains(config->default_prompt_name));
  if (CanBeWritten(*config)) CheckWriter(*config);
}

void ReadWeights(const fs::path& dir) {
  const auto weights = Weights::LoadModel(dir);
  if (Refused(weights.status())) return;
  for (const auto& [name, tensor] : weights->tensors()) {
    (void)Refused(weights->Floats(name, tensor.shape).status());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const voisin::test::ScratchDir dir;
  WriteFiles({reinterpret_cast<const char*>(data), size}, dir.path());
  ReadConfig(dir.path());
  ReadWeights(dir.path());
  (void)Refused(ReadTokenizerSettings(dir.path()).status());
  return 0;
}
