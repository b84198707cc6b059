#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "service/text_terms.h"

namespace voisin::bench {

using Documents = std::vector<storage::Document>;
using Scores = std::vector<double>;  // of each document

// BM25 with the default parameters by every posting of every term, in double precision.
class LexicalTruth {
 public:
  LexicalTruth(const Documents& documents, const encoder::SharedAnalyzer& analyzer);

  Scores Score(const std::vector<index::QueryTerm>& query) const;

 private:
  struct Posting {
    uint32_t row;
    uint32_t count;
  };
  void Add(const std::vector<Posting>& postings, double weight, Scores& scores) const;

  std::unordered_map<uint64_t, std::vector<Posting>> postings_;
  std::vector<double> lengths_;
  double all_ = 0;  // of them
};

// The `top_k` greatest scores above 0, falling.
Scores BestOf(Scores scores, size_t top_k);

// A float of the index and a double of the truth, but for rounding.
bool Near(double found, double truth);

}  // namespace voisin::bench
