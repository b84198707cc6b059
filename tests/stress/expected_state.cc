#include "tests/stress/expected_state.h"

#include <algorithm>
#include <functional>

#include "base/status_macros.h"

namespace voisin::test {
namespace {

constexpr uint64_t kIds = 60;           // of one writer
constexpr uint64_t kMostDocuments = 8;  // in one request
constexpr uint64_t kDeletions = 4;      // one request of so many deletes

// The same on every machine: FNV-1a of the id and the version.
uint64_t SeedOf(const std::string& id, Version version) {
  uint64_t seed = 14695981039346656037u;
  for (const char c : id + "/" + std::to_string(version)) {
    seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return seed;
}

v1::SearchRequest OwnVectorSearch(const std::string& id, Version version, bool exact) {
  v1::SearchRequest request;
  request.set_collection(kCollection);
  *request.mutable_vector()->mutable_values() = MakeDocument(id, version).vector();
  request.set_top_k(1);
  request.mutable_params()->set_exact(exact);
  return request;
}

bool SameContent(const v1::Document& expected, const v1::Document& found) {
  return expected.SerializeAsString() == found.SerializeAsString();
}

absl::StatusOr<std::map<std::string, v1::Document>> Fetch(client::Client& client,
                                                          const std::map<std::string, Version>& ids) {
  std::map<std::string, v1::Document> found;
  if (ids.empty()) return found;
  v1::BatchGetDocumentsRequest request;
  request.set_collection(kCollection);
  request.set_with_vector(true);
  for (const auto& [id, version] : ids) request.add_ids(id);
  ASSIGN_OR_RETURN(const v1::BatchGetDocumentsResponse response, client.BatchGetDocuments(request));
  for (const v1::Document& document : response.documents()) found[document.id()] = document;
  return found;
}

}  // namespace

v1::Document MakeDocument(const std::string& id, Version version) {
  std::mt19937_64 random(SeedOf(id, version));
  v1::Document document;
  document.set_id(id);
  document.set_text("version " + std::to_string(version) + " of " + id);
  (*document.mutable_metadata()->mutable_fields())["version"].set_number_value(static_cast<double>(version));
  for (uint32_t i = 0; i < kDimensions; ++i) {
    document.add_vector(static_cast<float>(random() >> 40) / static_cast<float>(1 << 23) - 1.0f);
  }
  return document;
}

absl::Status ExpectedState::WriteSomething(client::Client& client, std::mt19937_64& random) {
  const bool deletion = random() % kDeletions == 0;
  Changes changes;
  for (uint64_t i = 1 + random() % kMostDocuments; i > 0; --i) {
    const std::string id = prefix_ + std::to_string(random() % kIds);
    changes[id] = deletion ? 0 : next_version_++;
    if (!deletion) last_seen_[id] = changes[id];
    done_.emplace(id, 0);
  }
  pending_ = std::move(changes);
  RETURN_IF_ERROR(Send(client));
  for (const auto& [id, version] : *pending_) done_[id] = version;
  pending_.reset();
  return absl::OkStatus();
}

absl::Status ExpectedState::Send(client::Client& client) const {
  if (pending_->begin()->second == 0) {
    v1::DeleteDocumentsRequest request;
    request.set_collection(kCollection);
    for (const auto& [id, version] : *pending_) request.add_ids(id);
    return client.DeleteDocuments(request).status();
  }
  v1::UpsertDocumentsRequest request;
  request.set_collection(kCollection);
  for (const auto& [id, version] : *pending_) *request.add_documents() = MakeDocument(id, version);
  return client.UpsertDocuments(request).status();
}

std::string ExpectedState::Verify(client::Client& client) {
  const auto found = Fetch(client, done_);
  if (!found.ok()) return found.status().ToString();
  if (std::string problem = ResolvePending(*found); !problem.empty()) return problem;
  if (std::string problem = CheckDocuments(*found); !problem.empty()) return problem;
  return CheckSearches(client);
}

std::string ExpectedState::ResolvePending(const std::map<std::string, v1::Document>& found) {
  if (!pending_) return "";
  size_t applied = 0;
  size_t absent = 0;
  for (const auto& [id, version] : *pending_) {
    if (version == done_[id]) continue;  // deleted again: nothing to see
    const auto document = found.find(id);
    const bool seen =
        version == 0 ? document == found.end()
                     : document != found.end() && SameContent(MakeDocument(id, version), document->second);
    ++(seen ? applied : absent);
  }
  if (applied > 0 && absent > 0) {
    return "half of a request is there: " + std::to_string(applied) + " changes are seen, " +
           std::to_string(absent) + " are not";
  }
  if (applied > 0) {
    for (const auto& [id, version] : *pending_) done_[id] = version;
  }
  pending_.reset();
  return "";
}

std::string ExpectedState::CheckDocuments(const std::map<std::string, v1::Document>& found) const {
  for (const auto& [id, version] : done_) {
    const auto document = found.find(id);
    if (version == 0 && document != found.end()) return id + " was deleted and is there";
    if (version == 0) continue;
    if (document == found.end()) return id + " was acknowledged and is not there";
    const v1::Document expected = MakeDocument(id, version);
    if (!SameContent(expected, document->second)) {
      return id + ": expected " + expected.ShortDebugString() + ", got " +
             document->second.ShortDebugString();
    }
  }
  return "";
}

std::string ExpectedState::CheckSearches(client::Client& client) const {
  for (const auto& [id, version] : done_) {
    const auto seen = last_seen_.find(id);
    if (version == 0 && seen == last_seen_.end()) continue;
    for (const bool exact : {true, false}) {
      const auto response = client.Search(OwnVectorSearch(id, version == 0 ? seen->second : version, exact));
      if (!response.ok()) return response.status().ToString();
      const bool hit = response->hits_size() == 1 && response->hits(0).id() == id;
      if (hit != (version != 0)) {
        return id + (hit ? " was deleted and is found" : " is not found") + " by its vector, exact " +
               std::to_string(exact);
      }
    }
  }
  return "";
}

uint64_t ExpectedState::live() const {
  return static_cast<uint64_t>(
      std::count_if(done_.begin(), done_.end(), [](const auto& entry) { return entry.second != 0; }));
}

}  // namespace voisin::test
