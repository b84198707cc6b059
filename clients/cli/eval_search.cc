#include "clients/cli/eval_search.h"

#include <algorithm>
#include <numeric>

#include "base/status_macros.h"
#include "service/in_memory_search.h"

namespace voisin::cli {
namespace {

using service::InMemorySearch;
using service::SearchMode;

// By falling id: numbered so from 1, documents of equal scores come as trec_eval has them.
std::vector<size_t> ByFallingId(const std::vector<std::string>& ids) {
  std::vector<size_t> order(ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) { return ids[a] > ids[b]; });
  return order;
}

uint32_t DimensionsOf(const TextVectors& vectors) {
  size_t dimensions = 1;  // of no vector at all
  for (const std::vector<float>& vector : vectors.distinct) dimensions = std::max(dimensions, vector.size());
  return static_cast<uint32_t>(dimensions);
}

absl::StatusOr<std::unique_ptr<InMemorySearch>> Fill(const RetrievalSet& set, const EvalModel& model,
                                                     const TextVectors& documents,
                                                     std::span<const size_t> order) {
  ASSIGN_OR_RETURN(auto search, InMemorySearch::Create({.dimensions = DimensionsOf(documents),
                                                        .documents = static_cast<uint32_t>(order.size()),
                                                        .language = model.language,
                                                        .dense_weight = model.dense_weight}));
  for (size_t i = 0; i < order.size(); ++i) {
    RETURN_IF_ERROR(search->Add(i + 1, set.documents.texts[order[i]], documents[order[i]]));
  }
  return search;
}

}  // namespace

absl::StatusOr<SearchFigures> ScoreSearches(const RetrievalSet& set, const EvalModel& model,
                                            const TextVectors& queries, const TextVectors& documents) {
  const std::vector<size_t> order = ByFallingId(set.documents.ids);
  ASSIGN_OR_RETURN(const auto search, Fill(set, model, documents, order));
  const auto score = [&](SearchMode mode) {
    return ScoreRankings(set, [&](size_t query) -> absl::StatusOr<std::vector<size_t>> {
      ASSIGN_OR_RETURN(const auto found,
                       search->Find({mode, set.queries.texts[query], queries[query]}, kDeepestRank));
      std::vector<size_t> ranking;
      for (const auto& neighbor : found) ranking.push_back(order[neighbor.id - 1]);
      return ranking;
    });
  };
  SearchFigures figures;
  ASSIGN_OR_RETURN(figures.lexical, score(SearchMode::lexical));
  ASSIGN_OR_RETURN(figures.hybrid, score(SearchMode::hybrid));
  return figures;
}

}  // namespace voisin::cli
