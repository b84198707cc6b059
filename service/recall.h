#pragma once

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "index/vector_index.h"

namespace voisin::service {

// recall@10 of an index over some queries: the share of the true ten nearest neighbours that searches find, where one
// that is as close as the tenth is as good. What is written meanwhile may blur it. For one thread.
class RecallMeter {
 public:
  using Stop = std::function<bool()>;

  static constexpr uint32_t kTopK = 10;
  static constexpr uint32_t kMaxEf = 10000;

  // Searches each query exactly. Cancelled when `stop` answers true, here and below; asked before every search.
  static absl::StatusOr<RecallMeter> Make(const index::VectorIndex& index,
                                          std::vector<std::vector<float>> queries, Stop stop);

  size_t queries() const { return queries_.size(); }
  // With so many candidates; 1 when there is nothing to find.
  absl::StatusOr<double> RecallAt(uint32_t ef) const;
  // The smallest ef from kTopK to kMaxEf that reaches `target`, as far as recall rises with ef; kMaxEf when none does.
  absl::StatusOr<uint32_t> SmallestEf(double target) const;

 private:
  struct Truth {
    size_t neighbors = 0;
    float farthest = 0;  // score of the last one
  };

  RecallMeter(const index::VectorIndex& index, std::vector<std::vector<float>> queries, Stop stop)
      : index_(index), queries_(std::move(queries)), stop_(std::move(stop)) {}
  absl::StatusOr<std::vector<index::Neighbor>> Search(size_t query, uint32_t ef, bool exact) const;
  absl::Status FindTruth();

  const index::VectorIndex& index_;
  std::vector<std::vector<float>> queries_;
  Stop stop_;
  std::vector<Truth> truth_;  // for each query
};

}  // namespace voisin::service
