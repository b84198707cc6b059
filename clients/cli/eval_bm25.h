#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace voisin::cli {

// Okapi BM25 (Robertson & Zaragoza 2009, The Probabilistic Relevance Framework: BM25 and Beyond) with k1 = 1.2 and
// b = 0.75: the sum over the words of a query of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean length)),
// where idf = ln(1 + (N - n + 0.5) / (n + 0.5)) for a word in n of N documents, as Lucene has it. A word that stands
// twice in a query counts twice. Immutable: safe to read from many threads.
class Bm25 {
 public:
  // The words of each document, in any order.
  explicit Bm25(std::span<const std::vector<std::string>> documents);

  // Fills one score for each document; 0 without a common word.
  void Score(std::span<const std::string> query, std::span<double> scores) const;

 private:
  struct Posting {
    size_t document = 0;
    double count = 0;
  };
  double LengthNorm(size_t document) const;

  std::unordered_map<std::string, std::vector<Posting>> postings_;  // by rising document
  std::vector<double> lengths_;                                     // in words
  double mean_length_ = 0;
};

}  // namespace voisin::cli
