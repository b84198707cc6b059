#include "index/bm25.h"

#include <algorithm>
#include <cmath>

namespace voisin::index {
namespace {

// All terms together contribute less than this: sums are exact in a double, and their parts in the 24 bits of a float.
constexpr double kMostUnits = 1ull << 52;
// A float's rounding can lift a contribution above that of a greater count by less than this part of it.
constexpr Units kBoundSlack = 1u << 20;
// More than a score can gain or lose by becoming a float.
constexpr double kScoreSlack = 1e-6;

}  // namespace

double InverseDocumentFrequency(uint64_t all, uint64_t with) {
  const double n = static_cast<double>(std::min(with, all));
  return std::log(1 + (static_cast<double>(all) - n + 0.5) / (n + 0.5));
}

Bm25::Bm25(const LexicalParams& params, const LexicalTotals& totals, std::span<const CountedTerm> terms) {
  const double k1 = params.k1, b = params.b;
  const double points = static_cast<double>(std::max<uint64_t>(1, totals.points));
  const double mean = static_cast<double>(std::max<uint64_t>(1, totals.length)) / points;
  base_norm_ = static_cast<float>(k1 * (1 - b));
  length_norm_ = static_cast<float>(k1 * b / mean);
  std::vector<double> weights;
  double sum = 0;
  for (const CountedTerm& counted : terms) {
    const double idf = InverseDocumentFrequency(totals.points, counted.points);
    weights.push_back(double{counted.term.weight} * idf * (k1 + 1));
    sum += weights.back();
  }
  if (sum > 0) unit_ = sum / kMostUnits;
  units_of_one_ = (1 - kScoreSlack) / unit_;
  for (double weight : weights) weights_.push_back(static_cast<float>(weight / unit_));
}

void Bm25::RawContributions(size_t i, const uint32_t* slots, const uint32_t* counts, const uint32_t* lengths,
                            size_t size, float* raw) const {
  const float weight = weights_[i];
  for (size_t j = 0; j < size; ++j) raw[j] = static_cast<float>(lengths[slots[j]]);
  for (size_t j = 0; j < size; ++j) raw[j] = Raw(weight, static_cast<float>(counts[j]), raw[j]);
}

Units Bm25::Bound(size_t i, uint32_t count, uint32_t length) const {
  const Units exact = Contribution(i, count, length);
  return exact + exact / kBoundSlack + 2;
}

Units Bm25::LeastUnits(float score) const {
  const double units = double{score} * units_of_one_;
  if (!(units > 0)) return 0;
  return units < 2 * kMostUnits ? static_cast<Units>(units) : static_cast<Units>(2 * kMostUnits);
}

}  // namespace voisin::index
