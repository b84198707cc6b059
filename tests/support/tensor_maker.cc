#include "tests/support/tensor_maker.h"

#include <cmath>
#include <utility>

namespace voisin::test {

float TensorMaker::Uniform() { return static_cast<float>(random_()) / 2147483648.0f - 1.0f; }

void TensorMaker::Add(std::string name, std::vector<int64_t> shape, std::vector<float> values) {
  values_.push_back(std::move(values));
  tensors_.push_back({std::move(name), std::move(shape), values_.back()});
}

void TensorMaker::AddMatrix(std::string name, int64_t rows, int64_t columns, float scale) {
  std::vector<float> values(static_cast<size_t>(rows * columns));
  for (float& value : values) value = scale * Uniform();
  Add(std::move(name), {rows, columns}, std::move(values));
}

void TensorMaker::AddVector(std::string name, int64_t size, float center) {
  std::vector<float> values(static_cast<size_t>(size));
  for (float& value : values) value = center + 0.1f * Uniform();
  AddValues(std::move(name), std::move(values));
}

void TensorMaker::AddDense(const std::string& name, int64_t out, int64_t in, bool bias) {
  AddMatrix(name + ".weight", out, in, std::sqrt(3.0f / static_cast<float>(in)));
  if (bias) AddVector(name + ".bias", out, 0);
}

void TensorMaker::AddNorm(const std::string& name, int64_t width, bool bias) {
  AddVector(name + ".weight", width, 1);
  if (bias) AddVector(name + ".bias", width, 0);
}

void TensorMaker::AddValues(std::string name, std::vector<float> values) {
  const auto size = static_cast<int64_t>(values.size());
  Add(std::move(name), {size}, std::move(values));
}

absl::Status TensorMaker::Write(const std::filesystem::path& path) const {
  return encoder::WriteSafetensors(path, tensors_);
}

}  // namespace voisin::test
