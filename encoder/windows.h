#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "encoder/batch.h"

namespace voisin::encoder {

// The parts of a text that is longer than its model takes, `limit` tokens each: the first `before` and the last `after`
// tokens of `whole` (special ones, a prompt) around a stretch of the others. Evenly spaced over the whole text; neighbours
// share an eighth of their stretches or more. Needs before + after < limit < whole's length.
std::vector<Encoding> CutIntoWindows(const Encoding& whole, size_t before, size_t after, size_t limit);

// One vector from those of windows: their mean.
class RowMean {
 public:
  void Add(std::span<const float> row);
  size_t rows() const { return rows_; }
  // A single row comes back as it was; the mean of more, of unit length where `normalize` says so.
  std::vector<float> Take(bool normalize);

 private:
  std::vector<float> sum_;
  size_t rows_ = 0;
};

}  // namespace voisin::encoder
