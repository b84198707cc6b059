#include "service/search_task.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/call.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

constexpr uint32_t kMaxEf = 10000;

uint32_t TopK(const SearchRequest& request) { return request.top_k == 0 ? kDefaultTopK : request.top_k; }

uint64_t MicrosSince(absl::Time start) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Microseconds(absl::Now() - start)));
}

absl::Status CheckQuery(const SearchRequest& request, uint32_t dimensions, index::Metric metric,
                        const Limits& limits) {
  const int queries = request.text.has_value() + request.vector.has_value() + request.document_id.has_value();
  if (queries != 1) {
    return InvalidField(
        "query", "expected one of text, vector and document_id, got " + std::to_string(queries) + " of them");
  }
  if (request.text) return CheckText("text", *request.text, limits.text_bytes);
  if (request.vector) return AtField("vector", index::CheckVector(*request.vector, dimensions, metric));
  return CheckDocumentId("document_id", *request.document_id);
}

std::string ReasonOf(index::PathReason reason) {
  switch (reason) {
    case index::PathReason::no_graph:
      return "no document is behind a graph yet";
    case index::PathReason::exact_asked:
      return "exact search was asked for";
    case index::PathReason::few_points:
      return "comparing what may be an answer is cheaper than walking the graph";
    case index::PathReason::no_filter:
      return "without a filter a walk over the graph is cheapest";
    case index::PathReason::wide_filter:
      return "the filter lets most documents through: a walk leaves the others out";
    case index::PathReason::narrow_filter:
      return "the filter lets few documents through, but too many to compare: a walk over them alone";
  }
  return {};
}

}  // namespace

absl::Status CheckSearch(const SearchRequest& request, uint32_t dimensions, index::Metric metric,
                         const Limits& limits) {
  RETURN_IF_ERROR(CheckQuery(request, dimensions, metric, limits));
  if (request.top_k > limits.top_k) {
    return InvalidField("top_k", "expected 1 to " + std::to_string(limits.top_k) +
                                     " (0: " + std::to_string(kDefaultTopK) + "), got " +
                                     std::to_string(request.top_k));
  }
  if (request.ef > kMaxEf) {
    return InvalidField("params.ef", "expected 1 to " + std::to_string(kMaxEf) +
                                         " (0: the collection's), got " + std::to_string(request.ef));
  }
  RETURN_IF_ERROR(CheckFusion(request.fusion));
  return CheckMinScore(request.min_score);
}

SearchTask::SearchTask(Target target, const SearchRequest& request, const CallContext& context,
                       const storage::Filter& filter)
    : target_(std::move(target)), request_(request), context_(context), filter_(filter) {}

absl::StatusOr<SearchResult> SearchTask::Run(RetrievalQuery query) {
  RETURN_IF_ERROR(CheckWanted(context_));
  if (request_.document_id) RETURN_IF_ERROR(LoadQueryDocument(query.vector));
  retrieval_.emplace(target_.indexes, std::move(query));
  if (!filter_.matches_everything()) RETURN_IF_ERROR(AllowOnlyLiving());
  RETURN_IF_ERROR(Collect());
  // What min_score keeps out, or has no word of a lexical query, does not count as missing.
  const size_t wanted = std::min<size_t>(TopK(request_), Eligible());
  const bool has_rest = found_.path ? !request_.min_score : !found_.all;
  result_.underfilled = has_rest && result_.hits.size() < wanted;
  result_.path = found_.path;
  if (request_.explain) RETURN_IF_ERROR(Explain());
  return std::move(result_);
}

absl::Status SearchTask::Explain() {
  Explanation& told = result_.explanation.emplace();
  ASSIGN_OR_RETURN(told.live_points, target_.store.Count(target_.number));
  told.filter_points = filter_.matches_everything() ? told.live_points : allowed_->size();
  told.leaves = std::move(leaves_);
  told.ef = Ef();
  told.reason = found_.path ? ReasonOf(found_.reason) : "the words of the query are looked up";
  return absl::OkStatus();
}

uint32_t SearchTask::Ef() const {
  return std::max(request_.ef == 0 ? target_.indexes.ef_search : request_.ef, candidates_);
}

absl::Status SearchTask::LoadQueryDocument(std::vector<float>& vector) {
  constexpr storage::ReadMask kOnlyVector{.text = false, .metadata = false, .vector = true};
  ASSIGN_OR_RETURN(std::optional<storage::StoredDocument> stored,
                   target_.store.Get(target_.number, *request_.document_id, kOnlyVector));
  if (!stored || IsExpired(stored->document, NowMicros())) {
    return NotFoundResource("document", target_.collection + "/" + *request_.document_id,
                            "document_id: no document \"" + *request_.document_id + "\" in collection \"" +
                                target_.collection + "\"");
  }
  excluded_ = stored->point;
  vector = std::move(stored->document.vector);
  return absl::OkStatus();
}

absl::Status SearchTask::Collect() {
  constexpr int kAttempts = 3;
  candidates_ = TopK(request_) + (excluded_ ? 1 : 0);
  for (int attempt = 1;; ++attempt) {
    RETURN_IF_ERROR(SearchIndex());
    RETURN_IF_ERROR(CheckWanted(context_));
    RETURN_IF_ERROR(FetchHits());
    if (dropped_ == 0 || found_.all || attempt == kAttempts || result_.hits.size() >= TopK(request_)) break;
    candidates_ = std::min(2 * candidates_, candidates_ + 1000);
    if (attempt + 1 == kAttempts) RETURN_IF_ERROR(AllowOnlyLiving());
  }
  if (result_.hits.size() > TopK(request_)) result_.hits.resize(TopK(request_));
  return absl::OkStatus();
}

absl::Status SearchTask::SearchIndex() {
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(found_, retrieval_->Find(candidates_, allowed_ ? &*allowed_ : nullptr));
  result_.scored += found_.scored;
  result_.stages.lexical += found_.lexical_us;
  result_.stages.search += MicrosSince(start);
  return absl::OkStatus();
}

absl::Status SearchTask::FetchHits() {
  const absl::Time start = absl::Now();
  std::vector<storage::PointId> points;
  for (const index::Neighbor& neighbor : found_.neighbors) points.push_back(neighbor.id);
  ASSIGN_OR_RETURN(auto documents, target_.store.GetPoints(target_.number, points, request_.mask));
  const int64_t now_us = NowMicros();
  result_.hits.clear();
  dropped_ = 0;
  for (size_t i = 0; i < documents.size(); ++i) {
    if (points[i] == excluded_) continue;
    if (documents[i] && !IsExpired(documents[i]->document, now_us)) {
      result_.hits.push_back(
          {found_.neighbors[i].score, std::move(documents[i]->document), retrieval_->MatchOf(points[i])});
    } else {
      ++dropped_;
    }
  }
  result_.stages.fetch += MicrosSince(start);
  return absl::OkStatus();
}

absl::Status SearchTask::AllowOnlyLiving() {
  const absl::Time start = absl::Now();
  absl::StatusOr<storage::FilterMatch> match = target_.store.Match(target_.number, filter_, NowMicros());
  if (!match.ok()) return AtFilter(std::move(match).status());
  allowed_.emplace(match->points.ascending());
  leaves_ = std::move(match->leaves);
  result_.stages.search += MicrosSince(start);
  return absl::OkStatus();
}

// Documents that could have been hits.
size_t SearchTask::Eligible() const {
  size_t points = allowed_ ? allowed_->size() : static_cast<size_t>(target_.indexes.vectors.Stats().points);
  if (excluded_ && (!allowed_ || allowed_->Contains(*excluded_))) --points;
  return points - std::min(points, dropped_);
}

}  // namespace voisin::service
