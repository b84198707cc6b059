#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace voisin::encoder {

enum class DataType { f32, f16, bf16, i64, other };

// A view into the mapped file: valid as long as the Weights it came from.
struct TensorView {
  DataType type = DataType::f32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

// A safetensors file (github.com/huggingface/safetensors, format of 2022), mapped. The header is checked before use:
// its length, every offset against the file, every shape against its byte count, overlaps and holes.
class Weights {
 public:
  static absl::StatusOr<Weights> Load(const std::filesystem::path& safetensors);
  static absl::StatusOr<Weights> Parse(MappedFile file, std::string_view name_for_errors);

  bool Contains(std::string_view tensor) const { return tensors_.find(tensor) != tensors_.end(); }
  // A float32 copy whatever the stored float type. NotFound names the tensor; InvalidArgument when the stored shape
  // differs from `shape` and says both.
  absl::StatusOr<std::vector<float>> Floats(std::string_view tensor, std::span<const int64_t> shape) const;
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }
  std::string_view file_bytes() const { return file_.text(); }

 private:
  MappedFile file_;
  std::string name_;
  std::map<std::string, TensorView, std::less<>> tensors_;
};

// One float32 tensor to write.
struct NamedTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::span<const float> values;
};
absl::Status WriteSafetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors);

}  // namespace voisin::encoder
