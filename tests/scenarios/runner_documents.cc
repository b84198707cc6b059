#include <algorithm>
#include <random>
#include <set>

#include "base/status_macros.h"
#include "tests/scenarios/runner.h"

// Commands about documents and searches.
namespace voisin::test {
namespace {

// The same on every machine: std distributions are not.
std::vector<float> RandomVector(std::mt19937& random, size_t dimensions) {
  std::vector<float> vector(dimensions);
  for (float& value : vector) value = static_cast<float>(random()) / 2147483648.0f - 1.0f;
  return vector;
}

std::set<std::string> Ids(const service::SearchResult& result) {
  std::set<std::string> ids;
  for (const service::Hit& hit : result.hits) ids.insert(hit.document.id);
  return ids;
}

size_t CountCommon(const std::set<std::string>& left, const std::set<std::string>& right) {
  return static_cast<size_t>(
      std::count_if(left.begin(), left.end(), [&](const std::string& id) { return right.contains(id); }));
}

storage::Document NumberedDocument(const std::string& prefix, size_t number, std::vector<float> vector) {
  storage::Document document;
  document.id = prefix + std::to_string(number);
  document.metadata["number"].data = static_cast<double>(number);
  document.vector = std::move(vector);
  return document;
}

Json FromResult(const absl::StatusOr<service::SearchResult>& result) {
  if (!result.ok()) return {{"error", absl::StatusCodeToString(result.status().code())}};
  Json ids = Json::array();
  for (const service::Hit& hit : result->hits) ids.push_back(hit.document.id);
  return {{"hits", ids}};
}

}  // namespace

absl::StatusOr<std::vector<storage::Document>> Runner::BodyDocuments() const {
  std::vector<storage::Document> documents;
  for (const Json& line : body_) {
    ASSIGN_OR_RETURN(storage::Document document, ToDocument(line));
    documents.push_back(std::move(document));
  }
  return documents;
}

absl::StatusOr<Outcome> Runner::FinishUpsert(service::UpsertRequest request) {
  ASSIGN_OR_RETURN(const service::UpsertResult result, target_.Upsert(std::move(request)));
  Outcome answer;
  answer.facts = {{"upserted", result.upserted},
                  {"truncated", result.truncated},
                  {"same_lsn", result.lsn == remembered_.lsn}};
  remembered_.lsn = result.lsn;
  return answer;
}

absl::StatusOr<Outcome> Runner::Upsert() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"request_id", "truncation"}));
  service::UpsertRequest request;
  request.collection = Word(1);
  ASSIGN_OR_RETURN(request.documents, BodyDocuments());
  request.request_id = arguments_.value("request_id", "");
  ASSIGN_OR_RETURN(request.truncation, ToTruncation(arguments_));
  return FinishUpsert(std::move(request));
}

absl::StatusOr<Outcome> Runner::Fill() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"prefix", "count", "dimensions", "seed", "batch"}));
  const size_t count = arguments_.at("count").get<size_t>();
  const size_t batch = arguments_.value("batch", size_t{1000});
  std::mt19937 random(arguments_.value("seed", 1u));
  Outcome answer;
  for (size_t done = 0; done < count;) {
    service::UpsertRequest request;
    request.collection = Word(1);
    for (const size_t end = std::min(count, done + batch); done < end; ++done) {
      request.documents.push_back(
          NumberedDocument(arguments_.value("prefix", "d"), done,
                           RandomVector(random, arguments_.at("dimensions").get<size_t>())));
    }
    ASSIGN_OR_RETURN(answer, FinishUpsert(std::move(request)));
  }
  return answer;
}

absl::StatusOr<Outcome> Runner::Get() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"with_text", "with_metadata", "with_vector"}));
  service::GetRequest request;
  request.collection = Word(1);
  if (words_.size() > 2) request.ids.assign(words_.begin() + 2, words_.end());
  request.mask = ToMask(arguments_);
  ASSIGN_OR_RETURN(const auto documents, target_.Get(request));
  Outcome answer;
  for (size_t i = 0; i < documents.size(); ++i) {
    answer.rows.push_back(documents[i] ? FromDocument(*documents[i], request.mask) : Json{{"id", "missing"}});
  }
  return answer;
}

absl::StatusOr<Outcome> Runner::List() {
  RETURN_IF_ERROR(CheckMembers(
      arguments_, {"filter", "page_size", "page_token", "with_text", "with_metadata", "with_vector"}));
  service::ListRequest request;
  request.collection = Word(1);
  request.filter = arguments_.value("filter", "");
  request.page_size = arguments_.value("page_size", 0u);
  request.page_token = arguments_.value("page_token", "");
  request.mask = ToMask(arguments_);
  ASSIGN_OR_RETURN(const service::ListResult result, target_.List(request));
  remembered_.page_token = result.next_page_token;
  Outcome answer;
  answer.facts["more"] = !result.next_page_token.empty();
  for (const storage::Document& document : result.documents) {
    answer.rows.push_back(FromDocument(document, request.mask));
  }
  return answer;
}

absl::StatusOr<Outcome> Runner::Delete() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"filter", "request_id"}));
  service::DeleteRequest request;
  request.collection = Word(1);
  if (words_.size() > 2) request.ids.assign(words_.begin() + 2, words_.end());
  request.filter = arguments_.value("filter", "");
  request.request_id = arguments_.value("request_id", "");
  ASSIGN_OR_RETURN(const service::DeleteResult result, target_.Delete(std::move(request)));
  Outcome answer;
  answer.facts = {{"deleted", result.deleted}, {"same_lsn", result.lsn == remembered_.lsn}};
  remembered_.lsn = result.lsn;
  return answer;
}

absl::StatusOr<Outcome> Runner::Count() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"filter"}));
  ASSIGN_OR_RETURN(const uint64_t count, target_.Count(Word(1), arguments_.value("filter", "")));
  Outcome answer;
  answer.facts["count"] = count;
  return answer;
}

absl::StatusOr<Outcome> Runner::Search() {
  ASSIGN_OR_RETURN(service::SearchRequest request, ToSearchRequest(Word(1), arguments_));
  const storage::ReadMask mask = request.mask;
  ASSIGN_OR_RETURN(const service::SearchResult result, target_.Search(std::move(request)));
  remembered_.page_token = result.next_page_token;
  Outcome answer;
  answer.rows = FromHits(result, mask);
  answer.facts = {{"path", PathName(result.path)},
                  {"scored", result.scored},
                  {"underfilled", result.underfilled},
                  {"more", !result.next_page_token.empty()}};
  answer.facts["packed"] = FromPacked(result.packed.value_or(service::Packed()));
  answer.facts["packed_tokens"] = result.packed ? Json(result.packed->tokens) : Json();
  answer.facts["explained"] = result.explanation.has_value();
  if (!result.explanation) return answer;
  std::string leaves;
  for (const storage::FilterLeaf& leaf : result.explanation->leaves) {
    leaves += (leaves.empty() ? "" : "; ") + leaf.restriction + " -> " + std::to_string(leaf.points);
  }
  answer.facts["leaves"] = leaves;
  answer.facts["filter_points"] = result.explanation->filter_points;
  answer.facts["live_points"] = result.explanation->live_points;
  answer.facts["ef"] = result.explanation->ef;
  answer.facts["reason"] = result.explanation->reason;
  return answer;
}

absl::StatusOr<Outcome> Runner::BatchSearch() {
  std::vector<service::SearchRequest> requests;
  for (const Json& line : body_) {
    ASSIGN_OR_RETURN(service::SearchRequest request, ToSearchRequest(Word(1), line));
    requests.push_back(std::move(request));
  }
  ASSIGN_OR_RETURN(const auto results, target_.BatchSearch(std::move(requests)));
  Outcome answer;
  for (const auto& result : results) answer.rows.push_back(FromResult(result));
  return answer;
}

absl::StatusOr<Outcome> Runner::Recall() {
  RETURN_IF_ERROR(CheckMembers(arguments_, {"queries", "top_k", "dimensions", "seed", "filter"}));
  const size_t queries = arguments_.at("queries").get<size_t>();
  std::mt19937 random(arguments_.value("seed", 2u));
  size_t found = 0;
  size_t wanted = 0;
  for (size_t i = 0; i < queries; ++i) {
    service::SearchRequest request;
    request.collection = Word(1);
    request.vector = RandomVector(random, arguments_.at("dimensions").get<size_t>());
    request.top_k = arguments_.value("top_k", 10u);
    request.filter = arguments_.value("filter", "");
    ASSIGN_OR_RETURN(const service::SearchResult quick, target_.Search(request));
    request.exact = true;
    ASSIGN_OR_RETURN(const service::SearchResult exact, target_.Search(request));
    found += CountCommon(Ids(exact), Ids(quick));
    wanted += exact.hits.size();
  }
  const double recall = wanted == 0 ? 0 : static_cast<double>(found) / static_cast<double>(wanted);
  Outcome answer;
  answer.facts = {{"wanted", wanted}, {"at_least_98_percent", recall >= 0.98}, {"recall", recall}};
  return answer;
}

}  // namespace voisin::test
