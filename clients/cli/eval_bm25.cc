#include "clients/cli/eval_bm25.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace voisin::cli {
namespace {

constexpr double kK1 = 1.2;
constexpr double kB = 0.75;

}  // namespace

Bm25::Bm25(std::span<const std::vector<std::string>> documents) {
  for (size_t document = 0; document < documents.size(); ++document) {
    lengths_.push_back(static_cast<double>(documents[document].size()));
    for (const std::string& word : documents[document]) {
      std::vector<Posting>& postings = postings_[word];
      if (postings.empty() || postings.back().document != document) postings.push_back({document, 0});
      postings.back().count += 1;
    }
  }
  const double words = std::accumulate(lengths_.begin(), lengths_.end(), 0.0);
  mean_length_ = std::max(1.0, words) / static_cast<double>(std::max<size_t>(1, lengths_.size()));
}

double Bm25::LengthNorm(size_t document) const {
  return kK1 * (1 - kB + kB * lengths_[document] / mean_length_);
}

void Bm25::Score(std::span<const std::string> query, std::span<double> scores) const {
  std::ranges::fill(scores, 0.0);
  for (const std::string& word : query) {
    const auto found = postings_.find(word);
    if (found == postings_.end()) continue;
    const auto with = static_cast<double>(found->second.size());
    const double idf = std::log(1 + (static_cast<double>(lengths_.size()) - with + 0.5) / (with + 0.5));
    for (const Posting& posting : found->second) {
      const double count = posting.count;
      scores[posting.document] += idf * count * (kK1 + 1) / (count + LengthNorm(posting.document));
    }
  }
}

}  // namespace voisin::cli
