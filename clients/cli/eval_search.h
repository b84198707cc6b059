#pragma once

#include "clients/cli/eval_vectors.h"

namespace voisin::cli {

// What a search by words and one by both find, at the defaults of a collection of the model: its language, its weight.
struct SearchFigures {
  RetrievalFigures lexical;
  RetrievalFigures hybrid;
};

// By the service's own retrieval (service/in_memory_search.h). The vectors are those of the set's queries and documents.
absl::StatusOr<SearchFigures> ScoreSearches(const RetrievalSet& set, const EvalModel& model,
                                            const TextVectors& queries, const TextVectors& documents);

}  // namespace voisin::cli
