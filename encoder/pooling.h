#pragma once

#include <cstdint>
#include <span>

#include "encoder/batch.h"
#include "encoder/model_config.h"

namespace voisin::encoder {

// One row of `width` floats per text from the token rows of `states`. Text i owns rows
// [cumulative_seq_lengths[i], cumulative_seq_lengths[i + 1]), at least one. mean_sqrt_len divides the sum by
// the square root of the length (Reimers and Gurevych, "Sentence-BERT", 2019); weighted_mean weighs token i,
// from 1, with i (Muennighoff, "SGPT", 2022).
void Pool(PoolingMode mode, const float* states, std::span<const int32_t> cumulative_seq_lengths,
          int64_t width, float* pooled);

// pooled [texts, modes * width]: every mode's row side by side, over all tokens but the batch's prompts;
// positions still count from the first token of all, and cls and last are what they are.
void PoolBatch(std::span<const PoolingMode> modes, const float* states, const Batch& batch, int64_t width,
               float* pooled);

}  // namespace voisin::encoder
