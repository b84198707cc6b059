#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "encoder/precision.h"

namespace voisin::encoder {

enum class DataType { f32, f16, bf16, i64, other };

// A view into the mapped file: valid as long as the Weights it came from.
struct TensorView {
  DataType type = DataType::f32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  size_t file = 0;  // which of the Weights' files
};

// Safetensors files (github.com/huggingface/safetensors, format of 2022), mapped. A header is checked before use: its
// length, every offset against the file, every shape against its byte count, overlaps and holes.
class Weights {
 public:
  static absl::StatusOr<Weights> Load(const std::filesystem::path& safetensors);
  // `dir`/model.safetensors or, where that is absent, the files that `dir`/model.safetensors.index.json names.
  static absl::StatusOr<Weights> LoadModel(const std::filesystem::path& dir);
  static absl::StatusOr<Weights> Parse(MappedFile file, std::string_view name_for_errors);

  bool Contains(std::string_view tensor) const { return tensors_.find(tensor) != tensors_.end(); }
  // A float32 copy whatever the stored float type. NotFound names the tensor; InvalidArgument when the stored shape
  // differs from `shape` (says both), when a value is not finite or the type is none of floats.
  absl::StatusOr<std::vector<float>> Floats(std::string_view tensor, std::span<const int64_t> shape) const;
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }
  size_t files() const { return files_.size(); }
  std::string_view file_bytes(size_t file) const { return files_[file].text(); }

  // What linear maps loaded from here are to compute in; fp32 unless set.
  Precision linear_precision() const { return linear_precision_; }
  void set_linear_precision(Precision precision) { linear_precision_ = precision; }

 private:
  absl::Status AddFile(MappedFile file, std::string name);
  absl::Status AddShards(const std::filesystem::path& index);

  Precision linear_precision_ = Precision::fp32;
  std::string name_;  // of the file or the index, for errors
  std::vector<MappedFile> files_;
  std::vector<std::string> names_;  // of files_
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
