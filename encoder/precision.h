#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace voisin::encoder {

// The arithmetic of a model's linear maps. bf16: operands rounded to bfloat16, sums in fp32. int8: weights
// per output channel, symmetric; activations per token at run time, asymmetric; sums in int32. Both attend in
// bf16. Norms, softmax, activations and pooling are fp32 in all of them. Vectors differ between precisions.
enum class Precision : uint8_t { fp32, bf16, int8 };

constexpr std::string_view PrecisionName(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return "fp32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      return "int8";
  }
  return "unknown";
}

// Nothing unless `name` is one of "fp32", "bf16", "int8".
constexpr std::optional<Precision> PrecisionOf(std::string_view name) {
  for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    if (name == PrecisionName(precision)) return precision;
  }
  return std::nullopt;
}

}  // namespace voisin::encoder
