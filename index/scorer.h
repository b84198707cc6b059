#pragma once

#include <cstddef>
#include <cstdint>

#include "index/kernels.h"
#include "index/types.h"

namespace voisin::index {

// Scores of rows for a query, greater is closer. Under cosine both sides are expected normalised. A row has
// the same score, to the bit, whichever function and whichever segment it comes from. Immutable.
class Scorer {
 public:
  Scorer(Metric metric, size_t dimensions, const Kernels& kernels = BestKernels())
      : kernels_(&kernels), metric_(metric), dimensions_(dimensions), l2_(metric == Metric::l2) {}

  Metric metric() const { return metric_; }
  size_t dimensions() const { return dimensions_; }

  float Score(const float* query, const float* row) const {
    return l2_ ? -kernels_->squared_l2(query, row, dimensions_)
               : kernels_->inner_product(query, row, dimensions_);
  }

  // out[i] = Score(query, base + rows[i] * dimensions)
  void ScoreRows(const float* query, const float* base, const uint32_t* rows, size_t count,
                 float* out) const {
    if (!l2_) return kernels_->inner_products(query, base, rows, count, dimensions_, out);
    kernels_->squared_l2s(query, base, rows, count, dimensions_, out);
    for (size_t i = 0; i < count; ++i) out[i] = -out[i];
  }

 private:
  const Kernels* kernels_;
  Metric metric_;
  size_t dimensions_;
  bool l2_;
};

}  // namespace voisin::index
