#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "encoder/word_analyzers.h"
#include "index/lexical_index.h"

namespace voisin::service {

// A word of a text that is one of the query's.
struct WordMatch {
  uint32_t begin = 0;
  uint32_t end = 0;   // bytes of the text
  uint32_t word = 0;  // number of the query's word
  bool operator==(const WordMatch&) const = default;
};

// The words of a query and how much each tells: the rarer, the more. Any thread.
class QueryWords {
 public:
  // Of a query that has none: it is no text.
  explicit QueryWords(const encoder::SharedAnalyzer& analyzer) : analyzer_(analyzer) {}
  // Each counts as much as its inverse document frequency in `index`. `analyzer` outlives the words.
  QueryWords(std::string_view query, const encoder::SharedAnalyzer& analyzer,
             const index::LexicalIndex& index);

  // In the order of the text.
  std::vector<WordMatch> FindIn(std::string_view text) const;
  // Of each word, more than 0, in whole numbers, so that sums have no order: 2^-32 of an inverse document frequency.
  std::span<const uint64_t> weights() const { return weights_; }

 private:
  const encoder::SharedAnalyzer& analyzer_;
  std::vector<uint64_t> terms_;  // ascending
  std::vector<uint64_t> weights_;
};

// How much of a query a passage has: over its words the sum of weight * (1 + 1/2 + 1/4 + ...), as often as the word stands
// there. So another word is worth more than the same again, unless it is half as rare.
class Coverage {
 public:
  explicit Coverage(std::span<const uint64_t> weights) : weights_(weights), counts_(weights.size()) {}

  void Add(uint32_t word) { sum_ += Gain(word, counts_[word]++); }
  void Remove(uint32_t word) { sum_ -= Gain(word, --counts_[word]); }
  uint64_t sum() const { return sum_; }

 private:
  uint64_t Gain(uint32_t word, uint32_t count) const { return count < 64 ? weights_[word] >> count : 0; }

  std::span<const uint64_t> weights_;
  std::vector<uint32_t> counts_;
  uint64_t sum_ = 0;
};

}  // namespace voisin::service
