#include "tests/bench/lexical_truth.h"

#include <algorithm>
#include <cmath>

namespace voisin::bench {
namespace {

constexpr double kTolerance = 2e-6;  // relative

}  // namespace

LexicalTruth::LexicalTruth(const Documents& documents, const encoder::SharedAnalyzer& analyzer) {
  for (const storage::Document& document : documents) {
    const auto row = static_cast<uint32_t>(lengths_.size());
    lengths_.push_back(0);
    for (const storage::TermCount& term : service::TermsOf(document.text, analyzer)) {
      postings_[term.term].push_back({row, term.count});
      lengths_.back() += term.count;
    }
    all_ += lengths_.back();
  }
}

Scores LexicalTruth::Score(const std::vector<index::QueryTerm>& query) const {
  Scores scores(lengths_.size());
  for (const index::QueryTerm& term : query) {
    if (const auto found = postings_.find(term.term); found != postings_.end()) {
      Add(found->second, double{term.weight}, scores);
    }
  }
  return scores;
}

void LexicalTruth::Add(const std::vector<Posting>& postings, double weight, Scores& scores) const {
  const index::LexicalParams params;
  const double k1 = double{params.k1}, b = double{params.b};
  const auto documents = static_cast<double>(lengths_.size()), n = static_cast<double>(postings.size());
  const double idf = std::log(1 + (documents - n + 0.5) / (n + 0.5));
  for (const Posting& posting : postings) {
    const double norm = k1 * (1 - b + b * lengths_[posting.row] / (all_ / documents));
    scores[posting.row] += weight * idf * posting.count * (k1 + 1) / (posting.count + norm);
  }
}

Scores BestOf(Scores scores, size_t top_k) {
  std::erase(scores, 0.0);
  const size_t kept = std::min(top_k, scores.size());
  std::ranges::partial_sort(scores, scores.begin() + static_cast<ptrdiff_t>(kept), std::ranges::greater());
  scores.resize(kept);
  return scores;
}

bool Near(double found, double truth) { return std::abs(found - truth) <= kTolerance * std::max(1.0, truth); }

}  // namespace voisin::bench
