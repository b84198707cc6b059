#pragma once

#include <unordered_map>
#include <vector>

#include "service/fusion.h"

namespace voisin::service {

// The indexes of a collection, and how they are asked. What is referred to outlives the retrieval.
struct Indexes {
  const index::VectorIndex& vectors;
  const index::LexicalIndex& words;
  index::Metric metric = index::Metric::cosine;
  uint32_t ef_search = 0;
};

// What is looked for, in a mode that is not unspecified.
struct RetrievalQuery {
  SearchMode mode = SearchMode::dense;
  std::vector<float> vector;            // of dense and hybrid
  std::vector<index::QueryTerm> terms;  // of lexical and hybrid
  Fusion fusion;                        // of hybrid
  float dense_weight = 0;               // likewise
  uint32_t ef = 0;                      // 0: the collection's
  bool exact = false;
  std::optional<float> min_score;  // of the mode's own score
};

// Finds candidates in one of the modes. For one thread.
class Retrieval {
 public:
  struct Found {
    std::vector<index::Neighbor> neighbors;                  // best first; equal scores by ascending id
    std::optional<index::SearchPath> path;                   // of the vectors; nothing: a lexical search
    index::PathReason reason = index::PathReason::no_graph;  // why, of the vectors
    uint64_t scored = 0;
    uint64_t lexical_us = 0;
  };

  Retrieval(const Indexes& indexes, RetrievalQuery query) : indexes_(indexes), query_(std::move(query)) {}

  // At most `count` candidates; `filter` null: every live point.
  absl::StatusOr<Found> Find(uint32_t count, const index::PointSet* filter);
  // Why a candidate of the last Find is one.
  Match MatchOf(index::PointId id) const;

 private:
  absl::StatusOr<index::SearchResult> FindDense(uint32_t count, const index::PointSet* filter) const;
  absl::StatusOr<index::LexicalResult> FindLexical(uint32_t count, const index::PointSet* filter) const;
  absl::StatusOr<Found> FindHybrid(uint32_t count, const index::PointSet* filter);
  // The score of each of `ids` (ascending), of which `list` has some.
  absl::StatusOr<std::vector<float>> DenseScores(std::span<const index::PointId> ids,
                                                 std::span<const index::Neighbor> list, Found& found) const;
  absl::StatusOr<std::vector<float>> LexicalScores(std::span<const index::PointId> ids,
                                                   std::span<const index::Neighbor> list, Found& found) const;

  const Indexes indexes_;
  const RetrievalQuery query_;
  std::unordered_map<index::PointId, Match> matches_;
};

}  // namespace voisin::service
