#include "encoder/weights.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "encoder/json.h"
#include "encoder/safetensors_header.h"

namespace voisin::encoder {
namespace {

float FromBfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// IEEE 754 binary16.
float FromFloat16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t fraction = bits & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign == 0 ? magnitude : -magnitude;
  }
  const uint32_t wide_exponent = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | (wide_exponent << 23) | (fraction << 13));
}

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

std::string ShapeText(std::span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ","), "]");
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
  absl::StatusOr<TensorMap> tensors = ParseSafetensors(file.bytes());
  if (!tensors.ok()) {
    return absl::Status(tensors.status().code(),
                        absl::StrCat(weights.name_, ": ", tensors.status().message()));
  }
  weights.tensors_ = *std::move(tensors);
  weights.file_ = std::move(file);
  return weights;
}

absl::StatusOr<std::vector<float>> Weights::Floats(std::string_view tensor,
                                                   std::span<const int64_t> shape) const {
  const auto found = tensors_.find(tensor);
  const std::string where = absl::StrCat(name_, ": tensor \"", std::string(tensor), "\" ");
  if (found == tensors_.end()) return absl::NotFoundError(where + "is missing");
  const TensorView& view = found->second;
  if (!std::equal(shape.begin(), shape.end(), view.shape.begin(), view.shape.end())) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, "has shape ", ShapeText(view.shape), ", expected ", ShapeText(shape)));
  }
  switch (view.type) {
    case DataType::f32:
      return CopyFloats(view.bytes);
    case DataType::f16:
      return Widen(view.bytes, FromFloat16);
    case DataType::bf16:
      return Widen(view.bytes, FromBfloat16);
    case DataType::i64:
    case DataType::other:
      break;
  }
  return absl::InvalidArgumentError(where + "is not of a float type (F32, F16, BF16)");
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
