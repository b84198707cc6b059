#include "index/lexical_list.h"

#include <cmath>

#include "base/status_macros.h"

namespace voisin::index {
namespace {

uint64_t LengthOf(const std::map<TermId, uint32_t>& counts) {
  uint64_t length = 0;
  for (const auto& [term, count] : counts) length += count;
  return length;
}

}  // namespace

absl::Status LexicalList::Add(PointId id, std::span<const TermCount> terms) {
  RETURN_IF_ERROR(CheckTermCounts(terms));
  MutexLock lock(mutex_);
  if (documents_.contains(id)) {
    return absl::InvalidArgumentError("point " + std::to_string(id) +
                                      ": expected a new id, found a live point");
  }
  Counts& counts = documents_[id];
  for (const TermCount& term : terms) {
    counts[term.term] = term.count;
    points_with_[term.term] += 1;
  }
  length_ += LengthOf(counts);
  return absl::OkStatus();
}

bool LexicalList::Remove(PointId id) {
  MutexLock lock(mutex_);
  const auto found = documents_.find(id);
  if (found == documents_.end()) return false;
  for (const auto& [term, count] : found->second) {
    if (--points_with_[term] == 0) points_with_.erase(term);
  }
  length_ -= LengthOf(found->second);
  documents_.erase(found);
  return true;
}

std::map<TermId, double> LexicalList::Weights(std::span<const QueryTerm> terms) const {
  std::map<TermId, double> weights;
  for (const QueryTerm& term : terms) {
    const auto with = points_with_.find(term.term);
    if (with == points_with_.end()) continue;
    const double n = with->second;
    const double all = static_cast<double>(documents_.size());
    weights[term.term] += double{term.weight} * std::log(1 + (all - n + 0.5) / (n + 0.5));
  }
  return weights;
}

double LexicalList::ScoreOf(const std::map<TermId, double>& weights, const Counts& counts) const {
  const double mean = static_cast<double>(length_) / static_cast<double>(documents_.size());
  const double k1 = params_.k1, b = params_.b;
  const double norm = k1 * (1 - b + b * static_cast<double>(LengthOf(counts)) / mean);
  double score = 0;
  for (const auto& [term, weight] : weights) {
    const auto found = counts.find(term);
    if (found != counts.end()) score += weight * found->second * (k1 + 1) / (found->second + norm);
  }
  return score;
}

absl::StatusOr<LexicalResult> LexicalList::Search(const LexicalQuery& query) const {
  RETURN_IF_ERROR(CheckQueryTerms(query.terms));
  if (query.top_k == 0) return absl::InvalidArgumentError("top_k: expected at least 1, found 0");
  MutexLock lock(mutex_);
  const auto weights = Weights(query.terms);
  LexicalResult result;
  TopK best(query.top_k, query.min_score);
  for (const auto& [id, counts] : documents_) {
    if (query.filter != nullptr && !query.filter->Contains(id)) continue;
    const double score = ScoreOf(weights, counts);
    result.scored += weights.size();
    if (score > 0) best.Offer({id, static_cast<float>(score)});
  }
  result.neighbors = best.Take();
  return result;
}

absl::StatusOr<std::vector<float>> LexicalList::Score(std::span<const QueryTerm> terms,
                                                      std::span<const PointId> points) const {
  RETURN_IF_ERROR(CheckQueryTerms(terms));
  MutexLock lock(mutex_);
  const auto weights = Weights(terms);
  std::vector<float> scores;
  for (PointId id : points) {
    const auto found = documents_.find(id);
    scores.push_back(found == documents_.end() ? 0 : static_cast<float>(ScoreOf(weights, found->second)));
  }
  return scores;
}

void LexicalList::SetParams(const LexicalParams& params) {
  MutexLock lock(mutex_);
  params_ = params;
}

LexicalStats LexicalList::Stats() const {
  MutexLock lock(mutex_);
  return {.points = documents_.size(), .terms = points_with_.size(), .segments = 1};
}

}  // namespace voisin::index
