#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/status.h"

namespace voisin::test {

// The sizes of a BERT; the defaults are those of all-MiniLM-L6.
struct BertShape {
  int64_t layers = 6;
  int64_t width = 384;
  int64_t heads = 12;
  int64_t intermediate = 1536;
  int64_t vocabulary = 2048;
  int64_t positions = 512;
};

// Writes a sentence-transformers directory of a BERT with seeded random weights, mean pooling and
// normalisation. Its tokenizer knows ASCII characters only. Creates `dir`, which may exist.
absl::Status WriteRandomBert(const BertShape& shape, const std::filesystem::path& dir);

}  // namespace voisin::test
