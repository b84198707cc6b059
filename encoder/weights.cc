#include "encoder/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/float16.h"
#include "base/status_macros.h"
#include "encoder/json.h"
#include "encoder/safetensors_header.h"

namespace voisin::encoder {
namespace {

float FromBfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

template <typename Convert>
std::vector<float> Widen(std::span<const std::byte> bytes, Convert convert) {
  std::vector<float> values(bytes.size() / sizeof(uint16_t));
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, bytes.data() + i * sizeof(bits), sizeof(bits));
    values[i] = convert(bits);
  }
  return values;
}

std::vector<float> CopyFloats(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<float> ToFloats(const TensorView& view) {
  if (view.type == DataType::f16) return Widen(view.bytes, FromFloat16);
  if (view.type == DataType::bf16) return Widen(view.bytes, FromBfloat16);
  return CopyFloats(view.bytes);
}

std::string ShapeText(std::span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ","), "]");
}

// The tensors that each file of a sharded model holds.
using WeightMap = std::map<std::string, std::vector<std::string>>;

absl::StatusOr<WeightMap> ReadWeightMap(const std::filesystem::path& index) {
  ASSIGN_OR_RETURN(const MappedFile text, MappedFile::Open(index));
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(text.text(), index.string()));
  ASSIGN_OR_RETURN(const JsonValue field, document->root().Field("weight_map"));
  ASSIGN_OR_RETURN(const auto members, field.Members());
  WeightMap map;
  for (const auto& [tensor, value] : members) {
    ASSIGN_OR_RETURN(std::string file, value.String());
    if (file.find('/') != std::string::npos || !file.ends_with(".safetensors"))
      return value.Error(absl::StrCat("is \"", file, "\", expected the name of a .safetensors file"));
    map[std::move(file)].push_back(tensor);
  }
  if (map.empty()) return field.Error("names no tensor");
  return map;
}

absl::Status CheckElementCount(const NamedTensor& tensor) {
  int64_t elements = 1;
  bool overflow = false;
  for (int64_t dimension : tensor.shape) {
    overflow |= dimension < 0 || __builtin_mul_overflow(elements, dimension, &elements);
  }
  if (!overflow && std::cmp_equal(elements, tensor.values.size())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("tensor \"", tensor.name, "\": shape ",
                                                 ShapeText(tensor.shape), " does not hold ",
                                                 tensor.values.size(), " values"));
}

// The header padded with spaces, so that the data begins at a multiple of 8.
std::string HeaderText(std::span<const NamedTensor> tensors) {
  std::string header = "{";
  size_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    const size_t end = offset + tensor.values.size_bytes();
    absl::StrAppend(&header, header.size() > 1 ? "," : "", JsonQuote(tensor.name),
                    ":{\"dtype\":\"F32\",\"shape\":", ShapeText(tensor.shape), ",\"data_offsets\":[", offset,
                    ",", end, "]}");
    offset = end;
  }
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

std::string LittleEndian64(uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

}  // namespace

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

absl::StatusOr<Weights> Weights::Load(const std::filesystem::path& safetensors) {
  ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(safetensors));
  return Parse(std::move(file), safetensors.string());
}

absl::StatusOr<Weights> Weights::Parse(MappedFile file, std::string_view name_for_errors) {
  Weights weights;
  weights.name_ = name_for_errors;
  RETURN_IF_ERROR(weights.AddFile(std::move(file), weights.name_));
  return weights;
}

absl::StatusOr<Weights> Weights::LoadModel(const std::filesystem::path& dir) {
  const std::filesystem::path index = dir / "model.safetensors.index.json";
  std::error_code error;
  if (std::filesystem::exists(dir / "model.safetensors", error) || !std::filesystem::exists(index, error))
    return Load(dir / "model.safetensors");
  Weights weights;
  weights.name_ = index.string();
  RETURN_IF_ERROR(weights.AddShards(index));
  return weights;
}

absl::Status Weights::AddFile(MappedFile file, std::string name) {
  absl::StatusOr<TensorMap> tensors = ParseSafetensors(file.bytes());
  if (!tensors.ok())
    return absl::Status(tensors.status().code(), absl::StrCat(name, ": ", tensors.status().message()));
  for (auto& [tensor, view] : *tensors) {
    view.file = files_.size();
    const auto [other, added] = tensors_.emplace(tensor, std::move(view));
    if (added) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": tensor \"", tensor, "\" is in ", names_[other->second.file], " as well"));
  }
  files_.push_back(std::move(file));
  names_.push_back(std::move(name));
  return absl::OkStatus();
}

absl::Status Weights::AddShards(const std::filesystem::path& index) {
  ASSIGN_OR_RETURN(const WeightMap map, ReadWeightMap(index));
  for (const auto& [shard, tensors] : map) {
    const std::filesystem::path path = index.parent_path() / shard;
    ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
    RETURN_IF_ERROR(AddFile(std::move(file), path.string()));
    for (const std::string& tensor : tensors) {
      if (Contains(tensor)) continue;
      return absl::InvalidArgumentError(absl::StrCat(path.string(), ": tensor \"", tensor, "\" is missing; ",
                                                     index.string(), " expects it here"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> Weights::Floats(std::string_view tensor,
                                                   std::span<const int64_t> shape) const {
  const auto found = tensors_.find(tensor);
  const std::string quoted = absl::StrCat(": tensor \"", std::string(tensor), "\" ");
  if (found == tensors_.end()) {
    return absl::NotFoundError(absl::StrCat(name_, quoted, "is missing, expected ", ShapeText(shape)));
  }
  const TensorView& view = found->second;
  const std::string where = names_[view.file] + quoted;
  if (!std::equal(shape.begin(), shape.end(), view.shape.begin(), view.shape.end())) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, "has shape ", ShapeText(view.shape), ", expected ", ShapeText(shape)));
  }
  if (view.type == DataType::i64 || view.type == DataType::other)
    return absl::InvalidArgumentError(where + "is not of a float type (F32, F16, BF16)");
  std::vector<float> values = ToFloats(view);
  const auto bad = std::find_if_not(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
  if (bad == values.end()) return values;
  return absl::InvalidArgumentError(absl::StrCat(where, "has the value ", *bad, " at element ",
                                                 bad - values.begin(), ", expected finite numbers"));
}

absl::Status WriteSafetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors) {
  for (const NamedTensor& tensor : tensors) RETURN_IF_ERROR(CheckElementCount(tensor));
  const std::string header = HeaderText(tensors);
  const std::string length = LittleEndian64(header.size());
  std::vector<std::string_view> parts = {length, header};
  for (const NamedTensor& tensor : tensors) {
    parts.emplace_back(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes());
  }
  return WriteFileAtomically(path, parts);
}

}  // namespace voisin::encoder
