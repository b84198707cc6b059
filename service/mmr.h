#pragma once

#include <span>

#include "index/scorer.h"
#include "service/selection.h"

namespace voisin::service {

// Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): after the best candidate, again and again
// the one with the greatest
//   lambda * score - (1 - lambda) * (greatest similarity to one that is chosen already)
// where both are the collection's metric. Equal values go to the better candidate, so the answer depends on
// nothing but the candidates.
class Diversifier final : public Selection {
 public:
  // `diversity` is checked (CheckDiversity); chooses at most `count`.
  Diversifier(const Diversity& diversity, uint32_t count, const index::Scorer& scorer);

  uint32_t candidates() const override { return candidates_; }
  storage::ReadMask reads() const override;
  bool Wants(const index::Neighbor&) const override { return true; }
  void Clear() override { hits_.clear(); }
  bool Offer(Hit hit) override;
  // In the order of choice; scores stay what they were.
  std::vector<Hit> Take() override;

 private:
  std::vector<size_t> Order() const;
  size_t BestOf(const std::vector<float>& redundancy, const std::vector<bool>& taken) const;

  const float lambda_;
  const uint32_t candidates_;
  const uint32_t count_;
  const index::Scorer scorer_;
  std::vector<Hit> hits_;
};

// InvalidArgument at "diversity.lambda" or "diversity.candidates".
absl::Status CheckDiversity(const Diversity& diversity, uint32_t top_k);

}  // namespace voisin::service
