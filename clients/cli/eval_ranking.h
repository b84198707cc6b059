#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/eval_set.h"

namespace voisin::cli {

// Means over the queries of a set, each in 0..1; eval_metrics.h defines them.
struct RetrievalFigures {
  double ndcg_at_10 = 0;
  double mrr_at_10 = 0;
  double recall_at_100 = 0;
};

// Positions of the `k` documents with the greatest scores, best first; of equal scores the greater id (by bytes)
// comes first, as trec_eval has it. Scores are no NaNs.
std::vector<size_t> TopDocuments(std::span<const double> scores, const std::vector<std::string>& ids,
                                 size_t k);

// What figures look at, in documents of each ranking.
inline constexpr size_t kDeepestRank = 100;

// Answers the documents that a query finds, best first, kDeepestRank at most; called on several threads.
using QueryRanker = std::function<absl::StatusOr<std::vector<size_t>>(size_t query)>;

// Of what the ranker finds for each query, asked on every CPU.
absl::StatusOr<RetrievalFigures> ScoreRankings(const RetrievalSet& set, const QueryRanker& ranker);

// Fills the score of every document for a query; called on several threads.
using QueryScorer = std::function<void(size_t query, std::span<double> scores)>;

// Ranks all documents for each query on every CPU. Documents whose id is that of the query take part.
RetrievalFigures ScoreRetrieval(const RetrievalSet& set, const QueryScorer& scorer);

}  // namespace voisin::cli
