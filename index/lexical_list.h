#pragma once

#include <map>
#include <vector>

#include "base/mutex.h"
#include "index/lexical_index.h"
#include "index/top_k.h"

namespace voisin::index {

// A LexicalIndex that scores every document, in memory only: Open replays everything.
class LexicalList final : public LexicalIndex {
 public:
  explicit LexicalList(LexicalParams params) : params_(params) {}

  absl::Status Add(PointId id, std::span<const TermCount> terms) override;
  bool Remove(PointId id) override;
  absl::StatusOr<LexicalResult> Search(const LexicalQuery& query) const override;
  absl::StatusOr<std::vector<float>> Score(std::span<const QueryTerm> terms,
                                           std::span<const PointId> points) const override;
  absl::Status Save(uint64_t) override { return absl::OkStatus(); }
  void SetParams(const LexicalParams& params) override;
  void SetAppliedLsn(uint64_t) override {}
  LexicalStats Stats() const override;
  void WaitUntilIndexed() override {}

 private:
  using Counts = std::map<TermId, uint32_t>;
  std::map<TermId, double> Weights(std::span<const QueryTerm> terms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double ScoreOf(const std::map<TermId, double>& weights, const Counts& counts) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  LexicalParams params_ ABSL_GUARDED_BY(mutex_);
  std::map<PointId, Counts> documents_ ABSL_GUARDED_BY(mutex_);
  Counts points_with_ ABSL_GUARDED_BY(mutex_);
  uint64_t length_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace voisin::index
