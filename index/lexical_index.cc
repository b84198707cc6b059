#include "index/lexical_index.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "index/segmented_lexical_index.h"

namespace voisin::index {
namespace {

constexpr float kMostWeight = 1e6f;

absl::Status CheckRange(const char* name, double value, double least, double most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(name) + ": expected " + std::to_string(least) + ".." +
                                    std::to_string(most) + ", found " + std::to_string(value));
}

absl::Status CheckOptions(const LexicalIndex::Options& options, const ThreadPool* background) {
  RETURN_IF_ERROR(CheckLexicalParams(options.params));
  RETURN_IF_ERROR(CheckRange("seal_points", options.seal_points, 1, 100'000'000));
  if (!(options.max_dead_ratio > 0 && options.max_dead_ratio <= 1)) {
    return absl::InvalidArgumentError("max_dead_ratio: expected more than 0 and at most 1, found " +
                                      std::to_string(options.max_dead_ratio));
  }
  if (background == nullptr) return absl::InvalidArgumentError("an index needs a background pool");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckLexicalParams(const LexicalParams& params) {
  RETURN_IF_ERROR(CheckRange("k1", params.k1, 0, 10));
  return CheckRange("b", params.b, 0, 1);
}

absl::Status CheckTermCounts(std::span<const TermCount> terms) {
  uint64_t length = 0;
  std::vector<TermId> ids;
  for (const TermCount& term : terms) {
    length += term.count;
    ids.push_back(term.term);
    if (term.count == 0) {
      return absl::InvalidArgumentError("term " + std::to_string(term.term) +
                                        ": expected a count of at least 1, found 0");
    }
  }
  if (length > kMaxTermCount) {
    return absl::InvalidArgumentError("terms: expected at most " + std::to_string(kMaxTermCount) +
                                      " in a document, found " + std::to_string(length));
  }
  std::ranges::sort(ids);
  const auto twice = std::ranges::adjacent_find(ids);
  if (twice == ids.end()) return absl::OkStatus();
  return absl::InvalidArgumentError("terms: expected each once, found " + std::to_string(*twice) + " twice");
}

absl::Status CheckQueryTerms(std::span<const QueryTerm> terms) {
  for (const QueryTerm& term : terms) {
    if (term.weight > 0 && term.weight <= kMostWeight) continue;
    return absl::InvalidArgumentError("weight of a term: expected more than 0 and at most " +
                                      std::to_string(kMostWeight) + ", found " + std::to_string(term.weight));
  }
  return absl::OkStatus();
}

absl::StatusOr<LexicalIndex::Opened> LexicalIndex::Open(Options options, ThreadPool* background) {
  RETURN_IF_ERROR(CheckOptions(options, background));
  return SegmentedLexicalIndex::Open(std::move(options), background);
}

}  // namespace voisin::index
