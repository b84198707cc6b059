#include "index/planner.h"

#include <algorithm>
#include <cmath>

namespace voisin::index {
namespace {

// Measured on 59,089 descriptions of 512 dimensions (AMD Zen 3, AVX2), ef 32 to 384, 32 and 64 links; docs/adr/0017.

// Rows that a walk for so many answers compares: 752 for 32, 3,544 for 256, at 64 links.
constexpr double kScoredAtOne = 55, kScoredExponent = 0.75, kUsualLinks = 64, kLinksExponent = 0.2;
// A row that a scan compares, with finding it. Rows in ascending order come sooner than those of a walk.
constexpr double kScannedRow = 0.7;
// A row of a walk that also asks whether it may be an answer and keeps two heaps.
constexpr double kTestedRow = 2;
// A row of a narrow walk, with the links followed and bits asked to find it.
constexpr double kNarrowRow = 2.4;
// Setting the bit of a node for a narrow walk.
constexpr double kBit = 0.04;

double ScoredRows(const PlanInput& input, double answers) {
  const double links = std::pow(input.links / kUsualLinks, kLinksExponent);
  return std::min(input.nodes, kScoredAtOne * links * std::pow(answers, kScoredExponent));
}

}  // namespace

double ScanCost(const PlanInput& input) { return kScannedRow * input.allowed; }

double WalkCost(const PlanInput& input) {
  if (input.allowed >= input.nodes) return ScoredRows(input, input.ef);
  const double met_for_one = input.nodes / std::max(1.0, input.allowed);
  return kTestedRow * ScoredRows(input, input.ef * met_for_one);
}

double NarrowWalkCost(const PlanInput& input) {
  return kNarrowRow * ScoredRows(input, input.ef) + kBit * input.allowed;
}

Method ChooseMethod(const PlanInput& input) {
  const double scan = ScanCost(input), walk = WalkCost(input), narrow = NarrowWalkCost(input);
  if (scan <= walk && scan <= narrow) return Method::scan;
  return walk <= narrow ? Method::walk : Method::narrow_walk;
}

}  // namespace voisin::index
