#include "clients/cli/bench_queries.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/status_macros.h"
#include "clients/cli/line_reader.h"

namespace voisin::cli {
namespace {

constexpr float kTie = 1e-6f;

v1::SearchRequest EmptyQuery(const std::string& collection, uint32_t top_k) {
  v1::SearchRequest query;
  query.set_collection(collection);
  query.set_top_k(top_k);
  query.set_with_text(false);
  query.set_with_metadata(false);
  return query;
}

absl::StatusOr<std::vector<v1::Document>> SampleDocuments(client::Client& client,
                                                          const std::string& collection, size_t count) {
  std::vector<v1::Document> documents;
  v1::ListDocumentsRequest request;
  request.set_collection(collection);
  request.set_with_text(false);
  request.set_with_metadata(false);
  request.set_with_vector(true);
  do {
    request.set_page_size(static_cast<uint32_t>(std::min<size_t>(1000, count - documents.size())));
    ASSIGN_OR_RETURN(v1::ListDocumentsResponse page, client.ListDocuments(request));
    for (v1::Document& document : *page.mutable_documents()) documents.push_back(std::move(document));
    request.set_page_token(page.next_page_token());
  } while (documents.size() < count && !request.page_token().empty());
  if (documents.empty()) return absl::FailedPreconditionError(collection + " has no documents to sample");
  return documents;
}

absl::StatusOr<double> RecallOf(client::Client& client, v1::SearchRequest query) {
  ASSIGN_OR_RETURN(const v1::SearchResponse found, client.Search(query));
  query.mutable_params()->set_exact(true);
  ASSIGN_OR_RETURN(const v1::SearchResponse exact, client.Search(query));
  if (exact.hits().empty()) return 1.0;
  const float last = exact.hits().rbegin()->score() - kTie;
  const auto good =
      std::ranges::count_if(found.hits(), [&](const v1::Hit& hit) { return hit.score() >= last; });
  return static_cast<double>(good) / static_cast<double>(exact.hits_size());
}

}  // namespace

absl::StatusOr<std::vector<v1::SearchRequest>> MakeBenchQueries(client::Client& client,
                                                                const std::string& collection,
                                                                const std::string& file, size_t count,
                                                                uint32_t top_k) {
  std::vector<v1::SearchRequest> queries;
  if (!file.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> lines, ReadNonEmptyLines(file));
    for (const std::string& line : lines) {
      queries.push_back(EmptyQuery(collection, top_k));
      queries.back().set_text(line);
    }
    return queries;
  }
  ASSIGN_OR_RETURN(std::vector<v1::Document> documents, SampleDocuments(client, collection, count));
  for (v1::Document& document : documents) {
    queries.push_back(EmptyQuery(collection, top_k));
    queries.back().mutable_vector()->mutable_values()->Swap(document.mutable_vector());
  }
  return queries;
}

absl::StatusOr<double> MeasureRecall(client::Client& client, const std::vector<v1::SearchRequest>& queries,
                                     size_t samples) {
  samples = std::min(samples, queries.size());
  double sum = 0;
  for (size_t i = 0; i < samples; ++i) {
    ASSIGN_OR_RETURN(const double recall, RecallOf(client, queries[i * queries.size() / samples]));
    sum += recall;
  }
  return sum / static_cast<double>(samples);
}

absl::StatusOr<std::vector<std::string>> ReadNonEmptyLines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return absl::NotFoundError(path + ": cannot be opened");
  std::vector<std::string> lines;
  for (LineReader reader(file); reader.Next();) {
    if (!reader.line().empty()) lines.push_back(reader.line());
  }
  if (lines.empty()) return absl::InvalidArgumentError(path + ": has no lines");
  return lines;
}

}  // namespace voisin::cli
