#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/encoder/test_paths.h"

namespace voisin::encoder {

// Small checkpoints with random weights and a float64 reference's outputs (expected.json) beside them.
inline constexpr const char* kCheckpoints[] = {
    "bert-mean",   "bert-cls", "bert-minilm", "bert-prefix-bf16", "bert-dense-cased", "distilbert", "roberta",
    "xlm-roberta", "mpnet",    "nomic",       "modernbert"};

inline std::filesystem::path CheckpointDir(const char* name) {
  return SharedDir() / "fixtures" / "checkpoints" / name;
}

inline std::string CheckpointTestName(const testing::TestParamInfo<const char*>& checkpoint) {
  std::string name = checkpoint.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace voisin::encoder
