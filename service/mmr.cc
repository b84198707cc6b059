#include "service/mmr.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>

#include "service/errors.h"

namespace voisin::service {
namespace {

constexpr uint32_t kMaxCandidates = 1000;
constexpr uint32_t kMinDefaultCandidates = 50;
constexpr uint32_t kDefaultPerHit = 4;

uint32_t CandidatesOf(const Diversity& diversity, uint32_t top_k) {
  if (diversity.candidates != 0) return diversity.candidates;
  return std::clamp(kDefaultPerHit * top_k, kMinDefaultCandidates, kMaxCandidates);
}

void Normalize(std::vector<float>& vector) {
  const double squares = std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0);
  const double norm = std::sqrt(squares);
  for (float& value : vector) value = static_cast<float>(value / norm);
}

std::string Text(float number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

}  // namespace

absl::Status CheckDiversity(const Diversity& diversity, uint32_t top_k) {
  if (!(diversity.lambda >= 0 && diversity.lambda <= 1)) {
    return InvalidField("diversity.lambda", "expected a number 0 to 1, got " + Text(diversity.lambda));
  }
  const uint32_t candidates = CandidatesOf(diversity, top_k);
  if (candidates >= top_k && candidates <= kMaxCandidates) return absl::OkStatus();
  return InvalidField("diversity.candidates", "expected " + std::to_string(top_k) + " (top_k) to " +
                                                  std::to_string(kMaxCandidates) + ", got " +
                                                  std::to_string(candidates));
}

Diversifier::Diversifier(const Diversity& diversity, uint32_t count, const index::Scorer& scorer)
    : lambda_(diversity.lambda),
      candidates_(CandidatesOf(diversity, count)),
      count_(count),
      scorer_(scorer) {}

storage::ReadMask Diversifier::reads() const { return {.text = false, .metadata = false, .vector = true}; }

bool Diversifier::Offer(Hit hit) {
  if (scorer_.metric() == index::Metric::cosine) Normalize(hit.document.vector);
  hits_.push_back(std::move(hit));
  return hits_.size() < candidates_;
}

std::vector<Hit> Diversifier::Take() {
  std::vector<Hit> chosen;
  for (size_t i : Order()) chosen.push_back(std::move(hits_[i]));
  Clear();
  return chosen;
}

// Positions in hits_, in the order of choice.
std::vector<size_t> Diversifier::Order() const {
  std::vector<float> redundancy(hits_.size(), -std::numeric_limits<float>::infinity());
  std::vector<bool> taken(hits_.size(), false);
  std::vector<size_t> order;
  while (order.size() < std::min<size_t>(count_, hits_.size())) {
    const size_t next = order.empty() ? 0 : BestOf(redundancy, taken);
    taken[next] = true;
    order.push_back(next);
    const float* const vector = hits_[next].document.vector.data();
    for (size_t i = 0; i < hits_.size(); ++i) {
      if (!taken[i]) {
        redundancy[i] = std::max(redundancy[i], scorer_.Score(hits_[i].document.vector.data(), vector));
      }
    }
  }
  return order;
}

// redundancy[i]: the greatest similarity of hit i to one that is chosen already.
size_t Diversifier::BestOf(const std::vector<float>& redundancy, const std::vector<bool>& taken) const {
  size_t best = hits_.size();
  float best_value = 0;
  for (size_t i = 0; i < hits_.size(); ++i) {
    if (taken[i]) continue;
    const float value = lambda_ * hits_[i].score - (1 - lambda_) * redundancy[i];
    if (best != hits_.size() && !(value > best_value)) continue;
    best = i;
    best_value = value;
  }
  return best;
}

}  // namespace voisin::service
