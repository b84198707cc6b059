#include "encoder/windows.h"

#include <algorithm>
#include <utility>

#include "encoder/kernels.h"

namespace voisin::encoder {
namespace {

constexpr size_t kOverlapDivisor = 8;

// Where the stretches of a text of `tokens` begin: the first at 0, the last `stretch` before the end.
std::vector<size_t> Starts(size_t tokens, size_t stretch) {
  const size_t overlap = stretch / kOverlapDivisor;
  const size_t step = stretch - overlap;
  const size_t windows = (tokens - overlap + step - 1) / step;
  std::vector<size_t> starts;
  for (size_t i = 0; i < windows; ++i) starts.push_back((tokens - stretch) * i / (windows - 1));
  return starts;
}

template <typename T>
std::vector<T> Window(const std::vector<T>& whole, size_t before, size_t start, size_t stretch,
                      size_t after) {
  std::vector<T> window(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(before));
  const auto begin = whole.begin() + static_cast<ptrdiff_t>(before + start);
  window.insert(window.end(), begin, begin + static_cast<ptrdiff_t>(stretch));
  window.insert(window.end(), whole.end() - static_cast<ptrdiff_t>(after), whole.end());
  return window;
}

}  // namespace

std::vector<Encoding> CutIntoWindows(const Encoding& whole, size_t before, size_t after, size_t limit) {
  const size_t stretch = limit - before - after;
  std::vector<Encoding> windows;
  for (const size_t start : Starts(whole.input_ids.size() - before - after, stretch)) {
    windows.push_back({Window(whole.input_ids, before, start, stretch, after),
                       Window(whole.token_type_ids, before, start, stretch, after),
                       Window(whole.offsets, before, start, stretch, after), whole.prompt_length});
  }
  return windows;
}

void RowMean::Add(std::span<const float> row) {
  sum_.resize(row.size());
  for (size_t i = 0; i < row.size(); ++i) sum_[i] += row[i];
  ++rows_;
}

std::vector<float> RowMean::Take(bool normalize) {
  if (rows_ > 1) {
    for (float& value : sum_) value /= static_cast<float>(rows_);
    if (normalize) BestKernels().l2_normalize(sum_.data(), static_cast<int64_t>(sum_.size()));
  }
  rows_ = 0;
  return std::exchange(sum_, {});
}

}  // namespace voisin::encoder
