#include "encoder/pooling.h"

#include <algorithm>
#include <cmath>

#include "encoder/kernels.h"

namespace voisin::encoder {
namespace {

// The rows of one text; those before `first` belong to a prompt that is left out.
struct TextRows {
  const float* states;
  int64_t first;
  int64_t tokens;
  int64_t width;

  const float* begin() const { return states + first * width; }
  int64_t count() const { return tokens - first; }
};

void ScaledSum(const TextRows& rows, float divisor, float* pooled) {
  BestKernels().sum_rows(rows.begin(), rows.count(), rows.width, pooled);
  BestKernels().scale(pooled, 1.0f / divisor, rows.width);
}

// Row i of the text counts i + 1 times.
void WeightedMean(const TextRows& rows, float* pooled) {
  const int64_t weights = (rows.first + 1 + rows.tokens) * rows.count() / 2;
  std::fill_n(pooled, rows.width, 0.0f);
  for (int64_t i = rows.first; i < rows.tokens; ++i) {
    const float weight = static_cast<float>(i + 1) / static_cast<float>(weights);
    const float* row = rows.states + i * rows.width;
    for (int64_t j = 0; j < rows.width; ++j) pooled[j] += weight * row[j];
  }
}

void PoolText(PoolingMode mode, const TextRows& rows, float* pooled) {
  const auto count = static_cast<float>(rows.count());
  switch (mode) {
    case PoolingMode::cls:
      std::copy_n(rows.states, rows.width, pooled);
      return;
    case PoolingMode::last:
      std::copy_n(rows.states + (rows.tokens - 1) * rows.width, rows.width, pooled);
      return;
    case PoolingMode::max:
      return BestKernels().max_rows(rows.begin(), rows.count(), rows.width, pooled);
    case PoolingMode::mean:
      return ScaledSum(rows, count, pooled);
    case PoolingMode::mean_sqrt_len:
      return ScaledSum(rows, std::sqrt(count), pooled);
    case PoolingMode::weighted_mean:
      return WeightedMean(rows, pooled);
  }
}

}  // namespace

void Pool(PoolingMode mode, const float* states, std::span<const int32_t> cumulative_seq_lengths,
          int64_t width, float* pooled) {
  for (size_t text = 0; text + 1 < cumulative_seq_lengths.size(); ++text, pooled += width) {
    const int64_t begin = cumulative_seq_lengths[text];
    const int64_t tokens = cumulative_seq_lengths[text + 1] - begin;
    PoolText(mode, {states + begin * width, 0, tokens, width}, pooled);
  }
}

void PoolBatch(std::span<const PoolingMode> modes, const float* states, const Batch& batch, int64_t width,
               float* pooled) {
  for (size_t text = 0; text < batch.prompt_lengths.size(); ++text) {
    const int64_t begin = batch.cumulative_seq_lengths[text];
    const int64_t tokens = batch.cumulative_seq_lengths[text + 1] - begin;
    for (const PoolingMode mode : modes) {
      PoolText(mode, {states + begin * width, batch.prompt_lengths[text], tokens, width}, pooled);
      pooled += width;
    }
  }
}

}  // namespace voisin::encoder
