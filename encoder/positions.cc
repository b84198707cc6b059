#include "encoder/positions.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace voisin::encoder {
namespace {

// The bucket of a token `distance` after the query: one per distance at first, then of growing width, those
// of later tokens in the second half.
int64_t BucketOf(int64_t distance, int64_t buckets) {
  constexpr float kMaxDistance = 128.0f;
  const int64_t half = buckets / 2;
  const int64_t exact = half / 2;
  const int64_t away = std::abs(distance);
  const int64_t first = distance > 0 ? half : 0;
  if (away < exact) return first + away;
  const auto start = static_cast<float>(exact);
  const float share = std::log(static_cast<float>(away) / start) / std::log(kMaxDistance / start);
  const auto step = static_cast<int64_t>(share * static_cast<float>(half - exact));
  return first + std::min(exact + step, half - 1);
}

}  // namespace

std::vector<float> SinusoidalPositions(std::span<const float> inverse_timescales, int64_t positions) {
  const size_t half = inverse_timescales.size();
  std::vector<float> table(static_cast<size_t>(positions) * 2 * half);
  for (int64_t t = 0; t < positions; ++t) {
    float* row = table.data() + static_cast<size_t>(t) * 2 * half;
    for (size_t i = 0; i < half; ++i) {
      const float angle = static_cast<float>(t) * inverse_timescales[i];
      row[i] = std::sin(angle);
      row[half + i] = std::cos(angle);
    }
  }
  return table;
}

RotaryTable::RotaryTable(int64_t rotated, double theta, int64_t positions)
    : half_(rotated / 2), cosines_(static_cast<size_t>(positions * half_)), sines_(cosines_.size()) {
  size_t i = 0;
  for (int64_t t = 0; t < positions; ++t) {
    for (int64_t pair = 0; pair < half_; ++pair, ++i) {
      const double exponent = -2.0 * static_cast<double>(pair) / static_cast<double>(rotated);
      const double angle = static_cast<double>(t) * std::pow(theta, exponent);
      cosines_[i] = static_cast<float>(std::cos(angle));
      sines_[i] = static_cast<float>(std::sin(angle));
    }
  }
}

void RotaryTable::Rotate(int64_t position, int64_t heads, int64_t size, float* x) const {
  const float* cosines = cosines_.data() + position * half_;
  const float* sines = sines_.data() + position * half_;
  for (int64_t head = 0; head < heads; ++head, x += size) {
    for (int64_t i = 0; i < half_; ++i) {
      const float a = x[i];
      const float b = x[half_ + i];
      x[i] = a * cosines[i] - b * sines[i];
      x[half_ + i] = b * cosines[i] + a * sines[i];
    }
  }
}

void RotaryTable::RotateEach(std::span<const int32_t> cumulative_seq_lengths, int64_t heads, int64_t width,
                             float* qkv) const {
  for (size_t text = 0; text + 1 < cumulative_seq_lengths.size(); ++text) {
    const int64_t tokens = cumulative_seq_lengths[text + 1] - cumulative_seq_lengths[text];
    for (int64_t position = 0; position < tokens; ++position, qkv += 3 * width) {
      Rotate(position, 2 * heads, width / heads, qkv);  // queries, then keys
    }
  }
}

RelativeBias::RelativeBias(std::span<const float> table, int64_t buckets, int64_t heads, int64_t positions)
    : positions_(positions), values_(static_cast<size_t>(heads * (2 * positions - 1))) {
  size_t i = 0;
  for (int64_t head = 0; head < heads; ++head) {
    for (int64_t distance = 1 - positions; distance < positions; ++distance, ++i) {
      values_[i] = table[static_cast<size_t>(BucketOf(distance, buckets) * heads + head)];
    }
  }
}

}  // namespace voisin::encoder
