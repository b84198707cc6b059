#include "tests/support/tensor_maker.h"

#include <cmath>
#include <utility>

namespace voisin::test {

void TensorMaker::AddMatrix(std::string name, int64_t rows, int64_t columns, float scale) {
  std::vector<float>& values = values_.emplace_back(static_cast<size_t>(rows * columns));
  for (float& value : values) value = scale * Uniform();
  tensors_.push_back({std::move(name), {rows, columns}, values});
}

void TensorMaker::AddVector(std::string name, int64_t size, float center) {
  std::vector<float>& values = values_.emplace_back(static_cast<size_t>(size));
  for (float& value : values) value = center + 0.1f * Uniform();
  tensors_.push_back({std::move(name), {size}, values});
}

void TensorMaker::AddValues(std::string name, std::vector<float> values) {
  const auto size = static_cast<int64_t>(values.size());
  tensors_.push_back({std::move(name), {size}, values_.emplace_back(std::move(values))});
}

void TensorMaker::AddDense(const std::string& name, int64_t out, int64_t in) {
  AddMatrix(name + ".weight", out, in, std::sqrt(3.0f / static_cast<float>(in)));
  AddVector(name + ".bias", out, 0);
}

void TensorMaker::AddNorm(const std::string& name, int64_t width) {
  AddVector(name + ".weight", width, 1);
  AddVector(name + ".bias", width, 0);
}

absl::Status TensorMaker::Write(const std::filesystem::path& path) const {
  return encoder::WriteSafetensors(path, tensors_);
}

}  // namespace voisin::test
