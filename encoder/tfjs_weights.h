#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::encoder {

// The weights of a TensorFlow.js model: model.json's weightsManifest names them, the shard files beside it
// hold them one after the other, little-endian, without quantisation. Every error names the file and the
// tensor.
class TfjsWeights {
 public:
  static absl::StatusOr<TfjsWeights> Load(const std::filesystem::path& model_json);

  // Copies, as long as `shape` says; no dimension: one number. NotFound and InvalidArgument as
  // Weights::Floats.
  absl::StatusOr<std::vector<float>> Floats(const std::string& tensor,
                                            const std::vector<int64_t>& shape) const;
  absl::StatusOr<std::vector<int32_t>> Integers(const std::string& tensor,
                                                const std::vector<int64_t>& shape) const;

 private:
  struct Tensor {
    std::string dtype;
    std::vector<int64_t> shape;
    size_t offset = 0;  // into data_
    size_t bytes = 0;
  };
  friend class TfjsReader;

  template <typename Number>
  absl::StatusOr<std::vector<Number>> Numbers(const std::string& tensor, const std::vector<int64_t>& shape,
                                              const std::string& dtype) const;

  std::string name_;
  std::string data_;  // all shards, joined
  std::map<std::string, Tensor> tensors_;
};

}  // namespace voisin::encoder
