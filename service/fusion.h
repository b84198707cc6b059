#pragma once

#include <span>
#include <vector>

#include "service/types.h"

namespace voisin::service {

// The candidates of one query by one kind of score, best first, and the score of that kind of every candidate of both.
struct FusionList {
  std::span<const index::Neighbor> ranked;
  std::span<const float> scores;  // of each of the ids that are fused
};

struct Fused {
  index::Neighbor neighbor;  // with the fused score
  Match match;
};

// One list of two, best first, equal scores by ascending id; `ids`: the union of both, ascending.
//
//   weighted   w * dense + (1 - w) * lexical / (the best lexical score of the query), where dense is the cosine; under
//              dot the inner product / (the greatest of the candidates, in size); under l2 1 / (1 + squared distance).
//              Both scores of every candidate count, whichever list it came from (Bruch, Gai and Ingber 2023, An
//              Analysis of Fusion Functions for Hybrid Retrieval). Under cosine and l2 a document's score does not
//              depend on how many candidates there are.
//   rrf        w / (k + dense rank) + (1 - w) / (k + lexical rank); a list that lacks the document adds nothing
//              (Cormack, Clarke and Büttcher 2009, Reciprocal Rank Fusion).
std::vector<Fused> Fuse(const Fusion& fusion, float dense_weight, index::Metric metric,
                        std::span<const index::PointId> ids, const FusionList& dense,
                        const FusionList& lexical);

// InvalidArgument at "fusion...".
absl::Status CheckFusion(const Fusion& fusion);

}  // namespace voisin::service
