#pragma once

#include <string>

#include "encoder/weights.h"
#include "tests/support/random_bert.h"

namespace voisin::bench {

enum class OnnxPrecision { fp32, int8 };

// The model that test::WriteRandomBert wrote, as ONNX with the fused operators of ONNX Runtime's transformer
// optimiser: inputs input_ids, attention_mask and token_type_ids, output "embedding", mean-pooled and
// normalised. int8 is dynamic quantisation: weights per column, symmetric; activations per tensor at run
// time.
absl::StatusOr<std::string> ExportBert(const test::BertShape& shape, const encoder::Weights& weights,
                                       OnnxPrecision precision);

}  // namespace voisin::bench
