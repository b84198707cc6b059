#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace voisin::test {

using Matrix = std::vector<std::vector<double>>;  // rows

// What a checkpoint computes, by the papers and in double precision: plain loops over one text, each family written out
// with the tensor names and config.json fields of its published files. Slow, and shares nothing with encoder/ but the
// reading of safetensors. A file that does not fit ends the program: it is for tests.
class ReferenceEncoder {
 public:
  // model_type: bert, roberta, xlm-roberta, distilbert, mpnet, nomic_bert, modernbert.
  explicit ReferenceEncoder(const std::filesystem::path& model_dir);
  ~ReferenceEncoder();

  // The states after the last layer, [tokens, hidden_size]; both lists have one element per token.
  Matrix HiddenStates(const std::vector<int32_t>& input_ids,
                      const std::vector<int32_t>& token_type_ids) const;

 private:
  struct Checkpoint;
  std::unique_ptr<Checkpoint> checkpoint_;
};

}  // namespace voisin::test
