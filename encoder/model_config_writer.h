#pragma once

#include <filesystem>

#include "absl/status/status.h"
#include "encoder/model_config.h"

namespace voisin::encoder {

// Writes what LoadModelConfig reads: config.json, modules.json, sentence_bert_config.json,
// 1_Pooling/config.json, one config.json per dense directory, and the (empty) Normalize directory.
// `model_dir` exists; the weights and the tokenizer are the caller's.
absl::Status WriteModelConfig(const ModelConfig& config, const std::filesystem::path& model_dir);

}  // namespace voisin::encoder
