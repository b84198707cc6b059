#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "encoder/weights.h"

namespace voisin::encoder {

using TensorMap = std::map<std::string, TensorView, std::less<>>;

// The tensors of a whole safetensors file: 8 bytes little-endian header length, a JSON header, then data.
// Nothing in the header is believed before it is checked: its length against the file, each shape against its
// byte range, and that the ranges cover the data without overlap or hole. InvalidArgument names the tensor
// and what was expected. The views point into `file`.
absl::StatusOr<TensorMap> ParseSafetensors(std::span<const std::byte> file);

}  // namespace voisin::encoder
