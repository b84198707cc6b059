#include "service/retrieval.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/call.h"

namespace voisin::service {
namespace {

constexpr uint32_t kDefaultCandidates = 100;

class LexicalTimer {
 public:
  explicit LexicalTimer(uint64_t& micros) : micros_(micros) {}
  ~LexicalTimer() { micros_ += MicrosSince(start_); }
  LexicalTimer(const LexicalTimer&) = delete;
  LexicalTimer& operator=(const LexicalTimer&) = delete;

 private:
  uint64_t& micros_;
  const absl::Time start_ = absl::Now();
};

std::vector<index::PointId> UnionOf(std::span<const index::Neighbor> a, std::span<const index::Neighbor> b) {
  std::vector<index::PointId> ids;
  for (const auto list : {a, b}) {
    for (const index::Neighbor& neighbor : list) ids.push_back(neighbor.id);
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

size_t PlaceOf(std::span<const index::PointId> ids, index::PointId id) {
  return static_cast<size_t>(std::ranges::lower_bound(ids, id) - ids.begin());
}

void PutScores(std::span<const index::PointId> ids, std::span<const index::Neighbor> list,
               std::vector<float>& scores) {
  for (const index::Neighbor& neighbor : list) scores[PlaceOf(ids, neighbor.id)] = neighbor.score;
}

// Of ascending ids.
std::vector<index::PointId> MissingIn(std::span<const index::PointId> ids,
                                      std::span<const index::Neighbor> list) {
  std::vector<bool> listed(ids.size());
  for (const index::Neighbor& neighbor : list) listed[PlaceOf(ids, neighbor.id)] = true;
  std::vector<index::PointId> missing;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!listed[i]) missing.push_back(ids[i]);
  }
  return missing;
}

}  // namespace

absl::StatusOr<Retrieval::Found> Retrieval::Find(uint32_t count, const index::PointSet* filter) {
  matches_.clear();
  if (query_.mode == SearchMode::hybrid) return FindHybrid(count, filter);
  Found found;
  if (query_.mode == SearchMode::lexical) {
    const LexicalTimer timer(found.lexical_us);
    ASSIGN_OR_RETURN(index::LexicalResult result, FindLexical(count, filter));
    found.scored = result.scored;
    found.neighbors = std::move(result.neighbors);
  } else {
    ASSIGN_OR_RETURN(index::SearchResult result, FindDense(count, filter));
    found.path = result.path;
    found.reason = result.reason;
    found.scored = result.scored;
    found.neighbors = std::move(result.neighbors);
  }
  uint32_t rank = 0;
  for (const index::Neighbor& neighbor : found.neighbors) {
    Match& match = matches_[neighbor.id];
    (found.path ? match.dense_score : match.lexical_score) = neighbor.score;
    (found.path ? match.dense_rank : match.lexical_rank) = ++rank;
  }
  return found;
}

Match Retrieval::MatchOf(index::PointId id) const {
  const auto found = matches_.find(id);
  return found == matches_.end() ? Match() : found->second;
}

absl::StatusOr<index::SearchResult> Retrieval::FindDense(uint32_t count,
                                                         const index::PointSet* filter) const {
  index::Query query;
  query.vector = query_.vector;
  query.top_k = count;
  query.ef = query_.ef == 0 ? indexes_.ef_search : query_.ef;
  query.exact = query_.exact;
  query.filter = filter;
  if (query_.mode == SearchMode::dense) query.min_score = query_.min_score;
  return indexes_.vectors.Search(query);
}

absl::StatusOr<index::LexicalResult> Retrieval::FindLexical(uint32_t count,
                                                            const index::PointSet* filter) const {
  if (query_.terms.empty()) return index::LexicalResult();
  index::LexicalQuery query{.terms = query_.terms, .top_k = count, .filter = filter};
  if (query_.mode == SearchMode::lexical) query.min_score = query_.min_score;
  return indexes_.words.Search(query);
}

absl::StatusOr<Retrieval::Found> Retrieval::FindHybrid(uint32_t count, const index::PointSet* filter) {
  const uint32_t wanted = query_.fusion.candidates == 0 ? kDefaultCandidates : query_.fusion.candidates;
  const uint32_t candidates = std::max(count, wanted);
  ASSIGN_OR_RETURN(const index::SearchResult dense, FindDense(candidates, filter));
  Found found;
  found.path = dense.path;
  found.reason = dense.reason;
  found.scored = dense.scored;
  index::LexicalResult lexical;
  {
    const LexicalTimer timer(found.lexical_us);
    ASSIGN_OR_RETURN(lexical, FindLexical(candidates, filter));
  }
  found.scored += lexical.scored;
  const std::vector<index::PointId> ids = UnionOf(dense.neighbors, lexical.neighbors);
  ASSIGN_OR_RETURN(const std::vector<float> dense_scores, DenseScores(ids, dense.neighbors, found));
  ASSIGN_OR_RETURN(const std::vector<float> lexical_scores, LexicalScores(ids, lexical.neighbors, found));
  for (const Fused& fused : Fuse(query_.fusion, query_.dense_weight, indexes_.metric, ids,
                                 {dense.neighbors, dense_scores}, {lexical.neighbors, lexical_scores})) {
    if (query_.min_score && fused.neighbor.score < *query_.min_score) break;
    if (found.neighbors.size() == count) break;
    found.neighbors.push_back(fused.neighbor);
    matches_[fused.neighbor.id] = fused.match;
  }
  return found;
}

// Those that the list lacks are found by an exact search among them. A point that is gone by now keeps 0, and is
// left out when its document is read.
absl::StatusOr<std::vector<float>> Retrieval::DenseScores(std::span<const index::PointId> ids,
                                                          std::span<const index::Neighbor> list,
                                                          Found& found) const {
  std::vector<float> scores(ids.size());
  PutScores(ids, list, scores);
  const index::PointSet missing(MissingIn(ids, list));
  if (missing.size() == 0) return scores;
  index::Query query;
  query.vector = query_.vector;
  query.top_k = static_cast<uint32_t>(missing.size());
  query.exact = true;
  query.filter = &missing;
  ASSIGN_OR_RETURN(const index::SearchResult result, indexes_.vectors.Search(query));
  found.scored += result.scored;
  PutScores(ids, result.neighbors, scores);
  return scores;
}

absl::StatusOr<std::vector<float>> Retrieval::LexicalScores(std::span<const index::PointId> ids,
                                                            std::span<const index::Neighbor> list,
                                                            Found& found) const {
  const LexicalTimer timer(found.lexical_us);
  std::vector<float> scores(ids.size());
  PutScores(ids, list, scores);
  const std::vector<index::PointId> missing = MissingIn(ids, list);
  if (missing.empty() || query_.terms.empty()) return scores;
  ASSIGN_OR_RETURN(const std::vector<float> made, indexes_.words.Score(query_.terms, missing));
  for (size_t i = 0; i < missing.size(); ++i) scores[PlaceOf(ids, missing[i])] = made[i];
  return scores;
}

}  // namespace voisin::service
