#include "clients/cli/eval_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace voisin::cli {
namespace {

double DiscountedGain(std::span<const int> grades) {
  double sum = 0;
  for (size_t i = 0; i < grades.size(); ++i) {
    sum += std::max(grades[i], 0) / std::log2(static_cast<double>(i) + 2);
  }
  return sum;
}

std::span<const int> First(size_t k, std::span<const int> grades) {
  return grades.first(std::min(k, grades.size()));
}

std::ptrdiff_t CountRelevant(std::span<const int> grades) {
  return std::ranges::count_if(grades, [](int grade) { return grade > 0; });
}

}  // namespace

double NdcgAt(size_t k, std::span<const int> ranked, std::span<const int> judged) {
  std::vector<int> ideal(judged.begin(), judged.end());
  std::ranges::sort(ideal, std::greater<>());
  return DiscountedGain(First(k, ranked)) / DiscountedGain(First(k, ideal));
}

double ReciprocalRankAt(size_t k, std::span<const int> ranked) {
  for (size_t i = 0; i < std::min(k, ranked.size()); ++i) {
    if (ranked[i] > 0) return 1 / static_cast<double>(i + 1);
  }
  return 0;
}

double RecallAt(size_t k, std::span<const int> ranked, std::span<const int> judged) {
  return static_cast<double>(CountRelevant(First(k, ranked))) / static_cast<double>(CountRelevant(judged));
}

std::vector<double> AverageRanks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + 1 + end) / 2;  // the mean of begin + 1 to end
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

std::optional<double> SpearmanCorrelation(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> x = AverageRanks(a);
  const std::vector<double> y = AverageRanks(b);
  const double mean = (static_cast<double>(x.size()) + 1) / 2;  // of ranks, ties or not
  double xy = 0;
  double xx = 0;
  double yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

}  // namespace voisin::cli
