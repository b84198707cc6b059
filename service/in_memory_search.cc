#include "service/in_memory_search.h"

#include <algorithm>

#include "base/status_macros.h"

namespace voisin::service {

absl::StatusOr<std::unique_ptr<InMemorySearch>> InMemorySearch::Create(Options options) {
  std::unique_ptr<InMemorySearch> made(new InMemorySearch(std::move(options)));
  const Options& kept = made->options_;
  ASSIGN_OR_RETURN(made->analyzer_, encoder::SharedAnalyzer::Create(kept.language));
  // Never sealed: nobody needs graphs.
  ASSIGN_OR_RETURN(
      auto vectors,
      index::VectorIndex::Open(
          {.dimensions = kept.dimensions, .params = {}, .seal_points = std::max<uint32_t>(1, kept.documents)},
          &made->background_));
  made->vectors_ = std::move(vectors.index);
  ASSIGN_OR_RETURN(auto words, index::LexicalIndex::Open({}, &made->background_));
  made->words_ = std::move(words.index);
  return made;
}

absl::Status InMemorySearch::Add(index::PointId id, std::string_view text, std::span<const float> vector) {
  if (!vector.empty()) RETURN_IF_ERROR(vectors_->Add(id, vector));
  return words_->Add(id, ToIndex(TermsOf(text, *analyzer_)));
}

absl::StatusOr<std::vector<index::Neighbor>> InMemorySearch::Find(const Query& query, uint32_t count) const {
  const bool by_words_alone = query.mode == SearchMode::hybrid && query.vector.empty();
  RetrievalQuery made{.mode = by_words_alone ? SearchMode::lexical : query.mode,
                      .vector = {query.vector.begin(), query.vector.end()},
                      .terms = {},
                      .fusion = {},
                      .dense_weight = options_.dense_weight,
                      .exact = true,
                      .min_score = {}};
  if (query.mode != SearchMode::dense) made.terms = QueryTermsOf(query.text, *analyzer_);
  Retrieval retrieval({.vectors = *vectors_, .words = *words_}, std::move(made));
  ASSIGN_OR_RETURN(Retrieval::Found found, retrieval.Find(count, nullptr));
  return std::move(found.neighbors);
}

}  // namespace voisin::service
