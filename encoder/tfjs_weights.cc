#include "encoder/tfjs_weights.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/json.h"

namespace voisin::encoder {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 32;
constexpr size_t kElementBytes = 4;  // of float32 and int32, which is all that we read

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ","), "]");
}

}  // namespace

// Fills a TfjsWeights from a manifest.
class TfjsReader {
 public:
  TfjsReader(std::filesystem::path directory, TfjsWeights& weights)
      : directory_(std::move(directory)), weights_(weights) {}

  absl::Status ReadManifest(const JsonValue& root) {
    ASSIGN_OR_RETURN(JsonValue manifest, root.Field("weightsManifest"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> groups, manifest.Elements());
    for (const JsonValue& group : groups) RETURN_IF_ERROR(ReadGroup(group));
    return absl::OkStatus();
  }

 private:
  // The tensors of a group fill its shards exactly.
  absl::Status ReadGroup(const JsonValue& group) {
    ASSIGN_OR_RETURN(JsonValue paths_field, group.Field("paths"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> paths, paths_field.Elements());
    size_t offset = weights_.data_.size();
    for (const JsonValue& path : paths) RETURN_IF_ERROR(ReadShard(path));
    ASSIGN_OR_RETURN(JsonValue tensors_field, group.Field("weights"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> tensors, tensors_field.Elements());
    for (const JsonValue& tensor : tensors) RETURN_IF_ERROR(ReadTensor(tensor, offset));
    if (offset == weights_.data_.size()) return absl::OkStatus();
    return tensors_field.Error(
        absl::StrCat("end at byte ", offset, ", the shards hold ", weights_.data_.size()));
  }

  absl::Status ReadShard(const JsonValue& path) {
    ASSIGN_OR_RETURN(const std::string name, path.String());
    if (name.empty() || name.find('/') != std::string::npos) return path.Error("is not the name of a file");
    ASSIGN_OR_RETURN(const MappedFile shard, MappedFile::Open(directory_ / name));
    weights_.data_.append(shard.text());
    return absl::OkStatus();
  }

  absl::Status ReadTensor(const JsonValue& entry, size_t& offset) {
    ASSIGN_OR_RETURN(JsonValue name_field, entry.Field("name"));
    ASSIGN_OR_RETURN(std::string name, name_field.String());
    TfjsWeights::Tensor tensor;
    ASSIGN_OR_RETURN(JsonValue dtype, entry.Field("dtype"));
    ASSIGN_OR_RETURN(tensor.dtype, dtype.String());
    if (tensor.dtype != "float32" && tensor.dtype != "int32")
      return dtype.Unimplemented("is neither float32 nor int32");
    if (entry.Find("quantization")) return entry.Unimplemented("is quantised, which is not supported");
    ASSIGN_OR_RETURN(const size_t elements, ReadShape(entry, tensor.shape));
    tensor.offset = offset;
    tensor.bytes = elements * kElementBytes;
    if (tensor.bytes > weights_.data_.size() - offset) {
      return entry.Error(absl::StrCat("needs ", tensor.bytes, " bytes at byte ", offset, ", the shards hold ",
                                      weights_.data_.size()));
    }
    offset += tensor.bytes;
    if (weights_.tensors_.emplace(std::move(name), std::move(tensor)).second) return absl::OkStatus();
    return name_field.Error("names a tensor twice");
  }

  static absl::StatusOr<size_t> ReadShape(const JsonValue& entry, std::vector<int64_t>& shape) {
    ASSIGN_OR_RETURN(JsonValue field, entry.Field("shape"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> dimensions, field.Elements());
    int64_t elements = 1;
    for (const JsonValue& dimension : dimensions) {
      ASSIGN_OR_RETURN(const int64_t size, dimension.Integer(1, kMaxElements / elements));
      shape.push_back(size);
      elements *= size;
    }
    return static_cast<size_t>(elements);
  }

  const std::filesystem::path directory_;
  TfjsWeights& weights_;
};

absl::StatusOr<TfjsWeights> TfjsWeights::Load(const std::filesystem::path& model_json) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(model_json));
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(file.text(), model_json.string()));
  TfjsWeights weights;
  weights.name_ = model_json.string();
  RETURN_IF_ERROR(TfjsReader(model_json.parent_path(), weights).ReadManifest(document->root()));
  return weights;
}

template <typename Number>
absl::StatusOr<std::vector<Number>> TfjsWeights::Numbers(const std::string& tensor,
                                                         const std::vector<int64_t>& shape,
                                                         const std::string& dtype) const {
  static_assert(sizeof(Number) == kElementBytes);
  const auto found = tensors_.find(tensor);
  const std::string where = absl::StrCat(name_, ": tensor \"", tensor, "\" ");
  if (found == tensors_.end()) return absl::NotFoundError(where + "is missing");
  const Tensor& stored = found->second;
  if (stored.dtype != dtype || stored.shape != shape) {
    return absl::InvalidArgumentError(absl::StrCat(where, "is ", stored.dtype, " ", ShapeText(stored.shape),
                                                   ", expected ", dtype, " ", ShapeText(shape)));
  }
  std::vector<Number> numbers(stored.bytes / kElementBytes);
  std::memcpy(numbers.data(), data_.data() + stored.offset, stored.bytes);
  return numbers;
}

absl::StatusOr<std::vector<float>> TfjsWeights::Floats(const std::string& tensor,
                                                       const std::vector<int64_t>& shape) const {
  return Numbers<float>(tensor, shape, "float32");
}

absl::StatusOr<std::vector<int32_t>> TfjsWeights::Integers(const std::string& tensor,
                                                           const std::vector<int64_t>& shape) const {
  return Numbers<int32_t>(tensor, shape, "int32");
}

}  // namespace voisin::encoder
