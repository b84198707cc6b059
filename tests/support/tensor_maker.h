#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "encoder/weights.h"

namespace voisin::test {

// Random tensors of a fixed seed, the same on every machine: std::mt19937 is, std distributions are not.
class TensorMaker {
 public:
  // Uniform in [-scale, scale].
  void AddMatrix(std::string name, int64_t rows, int64_t columns, float scale);
  // Uniform in [center - 0.1, center + 0.1].
  void AddVector(std::string name, int64_t size, float center);
  // name.weight [out, in] and, where asked, name.bias [out]: y = x W^T + b, of a scale that keeps the variance of x.
  void AddDense(const std::string& name, int64_t out, int64_t in, bool bias = true);
  // name.weight near 1 and, where asked, name.bias near 0.
  void AddNorm(const std::string& name, int64_t width, bool bias = true);
  // The values as they are.
  void AddValues(std::string name, std::vector<float> values);
  absl::Status Write(const std::filesystem::path& path) const;

 private:
  float Uniform();  // -1 to 1
  void Add(std::string name, std::vector<int64_t> shape, std::vector<float> values);

  std::mt19937 random_{20240917};
  std::deque<std::vector<float>> values_;  // elements do not move
  std::vector<encoder::NamedTensor> tensors_;
};

}  // namespace voisin::test
