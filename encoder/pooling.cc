#include "encoder/pooling.h"

#include <algorithm>
#include <cmath>

#include "encoder/kernels.h"

namespace voisin::encoder {
namespace {

void PoolText(PoolingMode mode, const float* states, int64_t tokens, int64_t width, float* pooled) {
  const Kernels& kernels = BestKernels();
  const float count = static_cast<float>(tokens);
  switch (mode) {
    case PoolingMode::cls:
      std::copy_n(states, width, pooled);
      return;
    case PoolingMode::last:
      std::copy_n(states + (tokens - 1) * width, width, pooled);
      return;
    case PoolingMode::max:
      return kernels.max_rows(states, tokens, width, pooled);
    case PoolingMode::mean:
      kernels.sum_rows(states, tokens, width, pooled);
      return kernels.scale(pooled, 1.0f / count, width);
    case PoolingMode::mean_sqrt_len:
      kernels.sum_rows(states, tokens, width, pooled);
      return kernels.scale(pooled, 1.0f / std::sqrt(count), width);
  }
}

}  // namespace

void Pool(PoolingMode mode, const float* states, std::span<const int32_t> cumulative_seq_lengths,
          int64_t width, float* pooled) {
  for (size_t text = 0; text + 1 < cumulative_seq_lengths.size(); ++text, pooled += width) {
    const int64_t begin = cumulative_seq_lengths[text];
    PoolText(mode, states + begin * width, cumulative_seq_lengths[text + 1] - begin, width, pooled);
  }
}

}  // namespace voisin::encoder
