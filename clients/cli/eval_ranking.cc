#include "clients/cli/eval_ranking.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/status_macros.h"
#include "clients/cli/eval_metrics.h"
#include "clients/cli/parallel.h"

namespace voisin::cli {
namespace {

RetrievalFigures FiguresOf(const std::vector<size_t>& ranking, const std::vector<Judgment>& judgments) {
  std::vector<int> judged;
  std::unordered_map<size_t, int> grades;
  for (const Judgment& judgment : judgments) {
    judged.push_back(judgment.grade);
    grades.emplace(judgment.document, judgment.grade);
  }
  std::vector<int> ranked;
  for (const size_t document : ranking) {
    const auto grade = grades.find(document);
    ranked.push_back(grade == grades.end() ? 0 : grade->second);
  }
  return {NdcgAt(10, ranked, judged), ReciprocalRankAt(10, ranked), RecallAt(100, ranked, judged)};
}

RetrievalFigures Mean(const std::vector<RetrievalFigures>& of_queries) {
  RetrievalFigures mean;
  const auto count = static_cast<double>(of_queries.size());
  for (const RetrievalFigures& figures : of_queries) {
    mean.ndcg_at_10 += figures.ndcg_at_10 / count;
    mean.mrr_at_10 += figures.mrr_at_10 / count;
    mean.recall_at_100 += figures.recall_at_100 / count;
  }
  return mean;
}

}  // namespace

std::vector<size_t> TopDocuments(std::span<const double> scores, const std::vector<std::string>& ids,
                                 size_t k) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(std::min(k, order.size()));
  std::partial_sort(order.begin(), middle, order.end(), [&](size_t a, size_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : ids[a] > ids[b];
  });
  order.erase(middle, order.end());
  return order;
}

absl::StatusOr<RetrievalFigures> ScoreRankings(const RetrievalSet& set, const QueryRanker& ranker) {
  std::vector<absl::StatusOr<std::vector<size_t>>> rankings(set.queries.size());
  ParallelFor(0, rankings.size(), [&](size_t query) { rankings[query] = ranker(query); });
  std::vector<RetrievalFigures> of_queries;
  for (size_t query = 0; query < rankings.size(); ++query) {
    RETURN_IF_ERROR(rankings[query].status());
    of_queries.push_back(FiguresOf(*rankings[query], set.judgments[query]));
  }
  return Mean(of_queries);
}

RetrievalFigures ScoreRetrieval(const RetrievalSet& set, const QueryScorer& scorer) {
  const QueryRanker ranker = [&](size_t query) {
    std::vector<double> scores(set.documents.size());
    scorer(query, scores);
    return TopDocuments(scores, set.documents.ids, kDeepestRank);
  };
  return *ScoreRankings(set, ranker);  // this ranker has no errors
}

}  // namespace voisin::cli
