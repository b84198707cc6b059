#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"

namespace voisin::test {

struct TinyCheckpoint {
  // config.json's model_type: bert, roberta, xlm-roberta, distilbert, mpnet, nomic_bert, modernbert.
  std::string family;
  // nomic_bert and modernbert have biases only where config.json says so; the others always do.
  bool biases = false;
};

// Writes a whole model directory as the hub has it, of a few dozen kilobytes: config.json and tensors named as the
// family's published files name them, seeded random weights (the same on every machine), a WordPiece tokenizer.json of
// ASCII characters and some words, mean pooling and unit length, at most 40 tokens. Creates `dir`, which may exist.
absl::Status WriteTinyCheckpoint(const TinyCheckpoint& checkpoint, const std::filesystem::path& dir);

}  // namespace voisin::test
