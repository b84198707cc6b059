#pragma once

#include <optional>
#include <vector>

#include "index/bm25.h"
#include "index/lexical_segment_list.h"
#include "index/lexical_walk.h"

namespace voisin::index {

std::vector<float> InverseDocumentFrequencies(const LexicalSegmentList& list, std::span<const TermId> terms);

// One query over one list of segments, with the figures of that moment. The list outlives it.
class LexicalSearch {
 public:
  // `terms` are checked (CheckQueryTerms).
  LexicalSearch(const LexicalSegmentList& list, const LexicalParams& params,
                std::span<const QueryTerm> terms);

  // `query.terms` are those of the constructor.
  LexicalResult Best(const LexicalQuery& query) const;
  std::vector<float> Scores(std::span<const PointId> points) const;

 private:
  using SegmentTerms = std::vector<std::vector<TermNumber>>;  // of each sealed segment

  float ScoreOf(PointId point, const SegmentTerms& numbers) const;

  const LexicalSegmentList& list_;
  std::vector<TermId> terms_;  // of the query that some live point has, ascending
  Bm25 bm25_;
};

}  // namespace voisin::index
