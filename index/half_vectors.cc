#include "index/half_vectors.h"

#include <algorithm>
#include <cmath>

#include "index/quantizer.h"

namespace voisin::index {

HalfVectors::HalfVectors(std::span<const float> vectors, size_t dimensions)
    : dimensions_(dimensions), halves_(vectors.size()) {
  const Kernels& kernels = BestKernels();
  std::vector<float> difference(dimensions);
  for (size_t at = 0; at < vectors.size(); at += dimensions) {
    const std::span<const float> row = vectors.subspan(at, dimensions);
    kernels.narrow(row.data(), dimensions, halves_.data() + at);
    kernels.widen(halves_.data() + at, dimensions, difference.data());
    for (size_t i = 0; i < dimensions; ++i) difference[i] -= row[i];
    error_ = std::max(error_, LengthAtMost(difference));
    radius_ = std::max(radius_, LengthAtMost(row));
  }
  if (!std::isfinite(error_)) halves_ = {};
}

HalfVectors::Bounds HalfVectors::Around(Metric metric, float score, float query_length) const {
  if (metric != Metric::l2) {
    const auto slack = static_cast<float>(query_length * (error_ + kRounding * radius_));
    return {score - slack, score + slack};
  }
  const float distance = std::sqrt(std::max(0.0f, -score)), reach = query_length + radius_;
  const float nearest = std::max(0.0f, distance - error_), farthest = distance + error_;
  const auto rounding = static_cast<float>(kRounding * reach * reach);
  return {-farthest * farthest - rounding, -nearest * nearest + rounding};
}

void HalfVectors::ScoreRows(const Scorer& scorer, const float* query, float query_length,
                            std::span<const uint32_t> rows, Bounds* out) const {
  thread_local AlignedVector<float> row;
  row.resize(dimensions_);
  for (size_t i = 0; i < rows.size(); ++i) {
    BestKernels().widen(halves_.data() + size_t{rows[i]} * dimensions_, dimensions_, row.data());
    out[i] = Around(scorer.metric(), scorer.Score(query, row.data()), query_length);
  }
}

}  // namespace voisin::index
