#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "encoder/weights.h"

namespace voisin::test {

// Tensors of seeded random numbers, the same on every machine (std::mt19937 is, std distributions are not).
class TensorMaker {
 public:
  // Uniform in -scale to scale.
  void AddMatrix(std::string name, int64_t rows, int64_t columns, float scale);
  // Uniform within 0.1 of `center`.
  void AddVector(std::string name, int64_t size, float center);
  void AddValues(std::string name, std::vector<float> values);
  // `name`.weight and `name`.bias of y = x W^T + b, of a scale that keeps the variance of x.
  void AddDense(const std::string& name, int64_t out, int64_t in);
  void AddNorm(const std::string& name, int64_t width);
  absl::Status Write(const std::filesystem::path& path) const;

 private:
  float Uniform() { return static_cast<float>(random_()) / 2147483648.0f - 1.0f; }  // -1 to 1

  std::mt19937 random_{20240917};
  std::deque<std::vector<float>> values_;  // elements do not move
  std::vector<encoder::NamedTensor> tensors_;
};

}  // namespace voisin::test
