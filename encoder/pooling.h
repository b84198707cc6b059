#pragma once

#include <cstdint>
#include <span>

#include "encoder/model_config.h"

namespace voisin::encoder {

// One row of `width` floats per text from the token rows of `states`. Text i owns rows
// [cumulative_seq_lengths[i], cumulative_seq_lengths[i + 1]), at least one. mean_sqrt_len divides the sum by
// the square root of the length (Reimers and Gurevych, "Sentence-BERT", 2019).
void Pool(PoolingMode mode, const float* states, std::span<const int32_t> cumulative_seq_lengths,
          int64_t width, float* pooled);

}  // namespace voisin::encoder
