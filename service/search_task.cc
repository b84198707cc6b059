#include "service/search_task.h"

#include <algorithm>
#include <limits>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/call.h"
#include "service/grouping.h"
#include "service/mmr.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

constexpr uint32_t kMaxEf = 10000;
constexpr uint32_t kMaxCandidates = kMaxPagedHits;  // of a search that need not be exact
constexpr size_t kReadAtOnce = 1000;                // documents

uint32_t TopK(const SearchRequest& request) { return request.top_k == 0 ? kDefaultTopK : request.top_k; }

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

absl::Status CheckCombination(const SearchRequest& request) {
  if (request.group_by && request.diversity) {
    return InvalidField("diversity", "expected group_by or diversity, got both");
  }
  if (request.page_token.empty() || (!request.group_by && !request.diversity)) return absl::OkStatus();
  return InvalidField("page_token", std::string("expected none with ") +
                                        (request.group_by ? "group_by" : "diversity") +
                                        ", whose answer has no pages, got one");
}

absl::Status CheckChoice(const SearchRequest& request, const Limits& limits) {
  RETURN_IF_ERROR(CheckCombination(request));
  if (request.group_by) RETURN_IF_ERROR(CheckGroupBy(*request.group_by, TopK(request), limits.top_k));
  if (request.diversity) RETURN_IF_ERROR(CheckDiversity(*request.diversity, TopK(request)));
  return CheckMinScore(request.min_score);
}

storage::PointId PointOf(const index::Neighbor& neighbor) { return neighbor.id; }

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
  return CheckChoice(request, limits);
}

SearchTask::SearchTask(Target target, const SearchRequest& request, const CallContext& context,
                       const storage::Filter& filter)
    : target_(std::move(target)), request_(request), context_(context), filter_(filter) {}

absl::StatusOr<SearchResult> SearchTask::Run(RetrievalQuery query) {
  RETURN_IF_ERROR(CheckWanted(context_));
  if (request_.document_id) RETURN_IF_ERROR(LoadQueryDocument(query.vector));
  mode_ = query.mode;
  retrieval_.emplace(target_.indexes, std::move(query));
  if (!filter_.matches_everything()) RETURN_IF_ERROR(AllowOnlyLiving());
  ASSIGN_OR_RETURN(const std::unique_ptr<Selection> selection, MakeSelection());
  RETURN_IF_ERROR(Collect(*selection));
  result_.hits = selection->Take();
  // What min_score keeps out, or has no word of a lexical query, does not count as missing.
  const bool is_short = request_.group_by ? !complete_ : result_.hits.size() < TopK(request_);
  const bool has_rest = found_.path ? !request_.min_score : !Exhausted();
  result_.underfilled = has_rest && is_short && !AllOffered();
  result_.path = found_.path;
  if (request_.explain) RETURN_IF_ERROR(Explain());
  if (IsPaged()) result_.next_page_token = NextPageToken();
  RETURN_IF_ERROR(ReadHits(selection->reads()));
  return std::move(result_);
}

absl::StatusOr<std::unique_ptr<Selection>> SearchTask::MakeSelection() {
  if (request_.group_by) return std::make_unique<Grouping>(*request_.group_by, TopK(request_));
  if (request_.diversity) {
    const index::Scorer scorer(target_.indexes.metric, target_.dimensions);
    return std::make_unique<Diversifier>(*request_.diversity, TopK(request_), scorer);
  }
  if (!request_.page_token.empty()) {
    if (!IsPaged()) {
      return InvalidField("page_token",
                          "expected none in a lexical or hybrid search, whose scores change with every "
                          "write (a dense one has pages), got one");
    }
    ASSIGN_OR_RETURN(after_, ReadSearchToken(target_.number, request_, TopK(request_)));
  }
  return std::make_unique<SearchPage>(TopK(request_), request_.mask, after_);
}

// Scores of words change with every write, so there is no place to go on from.
bool SearchTask::IsPaged() const {
  return mode_ == SearchMode::dense && !request_.group_by && !request_.diversity;
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

absl::Status SearchTask::Collect(Selection& selection) {
  constexpr uint32_t kGrowth = 4;
  candidates_ = std::min(MaxCandidates(), selection.candidates() + (excluded_ ? 1 : 0));
  for (bool dropped_before = false;; dropped_before |= dropped_ > 0) {
    if (dropped_before && !allowed_) RETURN_IF_ERROR(AllowOnlyLiving());
    RETURN_IF_ERROR(SearchIndex());
    RETURN_IF_ERROR(CheckWanted(context_));
    RETURN_IF_ERROR(OfferLiving(selection));
    if (complete_ || Exhausted() || candidates_ >= MaxCandidates()) return absl::OkStatus();
    candidates_ = std::min(MaxCandidates(), kGrowth * candidates_);
  }
}

// Whether asking for more candidates brings no more.
bool SearchTask::Exhausted() const {
  const bool fewer = found_.neighbors.size() < candidates_;
  return fewer && (dropped_ == 0 || found_.path != index::SearchPath::ann);
}

uint32_t SearchTask::MaxCandidates() const {
  if (!request_.exact) return kMaxCandidates + 1;  // a query document takes one place
  constexpr uint64_t kMax = std::numeric_limits<uint32_t>::max() / 4;
  return static_cast<uint32_t>(
      std::clamp<uint64_t>(target_.indexes.vectors.Stats().points, kMaxCandidates + 1, kMax));
}

absl::Status SearchTask::SearchIndex() {
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(found_, retrieval_->Find(candidates_, allowed_ ? &*allowed_ : nullptr));
  result_.scored += found_.scored;
  result_.stages.lexical += found_.lexical_us;
  result_.stages.search += MicrosSince(start);
  return absl::OkStatus();
}

absl::Status SearchTask::OfferLiving(Selection& selection) {
  const absl::Time start = absl::Now();
  selection.Clear();
  dropped_ = skipped_ = offered_ = 0;
  complete_ = false;
  std::vector<index::Neighbor> wanted;
  for (const index::Neighbor& neighbor : found_.neighbors) {
    if (neighbor.id == excluded_) continue;
    selection.Wants(neighbor) ? wanted.push_back(neighbor) : static_cast<void>(++skipped_);
  }
  for (size_t at = 0; at < wanted.size() && !complete_; at += kReadAtOnce) {
    const size_t count = std::min(kReadAtOnce, wanted.size() - at);
    RETURN_IF_ERROR(Offer(std::span(wanted).subspan(at, count), selection));
  }
  result_.stages.fetch += MicrosSince(start);
  return absl::OkStatus();
}

absl::Status SearchTask::Offer(std::span<const index::Neighbor> some, Selection& selection) {
  std::vector<storage::PointId> points(some.size());
  std::ranges::transform(some, points.begin(), PointOf);
  ASSIGN_OR_RETURN(auto documents, target_.store.GetPoints(target_.number, points, selection.reads()));
  const int64_t now_us = NowMicros();
  for (size_t i = 0; i < documents.size() && !complete_; ++i) {
    if (!documents[i] || IsExpired(documents[i]->document, now_us)) {
      ++dropped_;
      continue;
    }
    ++offered_;
    complete_ = !selection.Offer({.score = some[i].score,
                                  .document = std::move(documents[i]->document),
                                  .match = retrieval_->MatchOf(some[i].id),
                                  .point = some[i].id,
                                  .group = {}});
  }
  return absl::OkStatus();
}

// The parts of the hits that the selection did not look at; a hit that is gone by now is left out.
absl::Status SearchTask::ReadHits(storage::ReadMask have) {
  if (have == request_.mask) return absl::OkStatus();
  const absl::Time start = absl::Now();
  std::vector<storage::PointId> points(result_.hits.size());
  std::ranges::transform(result_.hits, points.begin(), [](const Hit& hit) { return hit.point; });
  ASSIGN_OR_RETURN(auto documents, target_.store.GetPoints(target_.number, points, request_.mask));
  std::vector<Hit> hits = std::move(result_.hits);
  result_.hits.clear();
  for (size_t i = 0; i < hits.size(); ++i) {
    if (!documents[i]) continue;
    hits[i].document = std::move(documents[i]->document);
    result_.hits.push_back(std::move(hits[i]));
  }
  result_.stages.fetch += MicrosSince(start);
  return absl::OkStatus();
}

// Empty when nothing can follow.
std::string SearchTask::NextPageToken() const {
  if (result_.hits.empty() || AllOffered() || (!complete_ && Exhausted())) return {};
  const Hit& last = result_.hits.back();
  const auto hits = static_cast<uint32_t>(result_.hits.size());
  return MakeSearchToken(target_.number, request_,
                         {.lsn = after_ ? after_->lsn : target_.lsn,
                          .seen = (after_ ? after_->seen : 0) + hits,
                          .score = last.score,
                          .point = last.point});
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
