#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "clients/cpp/client.h"

namespace voisin::test {

// What a server would keep; shared by the clients of one test.
struct FakeServer {
  using Documents = std::map<std::string, v1::Document>;

  Mutex mutex;
  absl::Status refusal;                          // when not ok, the answer to every call
  std::map<std::string, Documents> collections;  // by full name
  std::vector<v1::SearchRequest> searches;
  v1::Snippet snippet;                            // of every hit, when a search asks for it
  v1::Packed packed;                              // likewise
  std::map<std::string, v1::Snapshot> snapshots;  // by full name
  absl::Status export_failure;                    // in the middle of every archive
  std::vector<size_t> batches;                    // documents in each upsert that was accepted
  std::function<absl::Status(const v1::UpsertDocumentsRequest&)> check_upsert;

  absl::StatusOr<Documents*> Find(const std::string& name) {
    RETURN_IF_ERROR(refusal);
    const auto found = collections.find(name);
    if (found == collections.end()) return absl::NotFoundError("collection " + name + " does not exist");
    return &found->second;
  }
};

// A client whose server is memory.
class FakeClient : public client::Client {
 public:
  explicit FakeClient(FakeServer& server) : server_(server) {}

  absl::Status WaitUntilReady(absl::Duration) override { return server_.refusal; }

  absl::StatusOr<v1::EmbedResponse> Embed(const v1::EmbedRequest& request) override {
    RETURN_IF_ERROR(server_.refusal);
    v1::EmbedResponse response;
    for (int i = 0; i < request.texts_size(); ++i) {
      if (request.texts(i).empty()) {
        return absl::InvalidArgumentError("texts[" + std::to_string(i) + "]: is empty");
      }
      v1::Embedding& embedding = *response.add_embeddings();
      embedding.add_values(0.1f);
      embedding.add_values(static_cast<float>(request.texts(i).size()));
      embedding.set_token_count(3);
    }
    return response;
  }
  absl::StatusOr<v1::TokenizeResponse> Tokenize(const v1::TokenizeRequest& request) override {
    v1::TokenizeResponse response;
    for (const std::string& text : request.texts()) {
      v1::Token& token = *response.add_results()->add_tokens();
      token.set_id(7);
      token.set_text(text);
    }
    return response;
  }
  absl::StatusOr<v1::SimilarityResponse> Similarity(const v1::SimilarityRequest& request) override {
    RETURN_IF_ERROR(server_.refusal);
    v1::SimilarityResponse response;
    for (int i = 0; i < request.targets_size(); ++i)
      response.add_scores(0.5f - 0.25f * static_cast<float>(i));
    return response;
  }
  absl::StatusOr<v1::ListModelsResponse> ListModels() override { return v1::ListModelsResponse(); }
  absl::StatusOr<v1::Model> GetModel(const std::string&) override {
    v1::Model model;
    model.set_name("default-model");
    model.set_lexical_language("en");
    model.set_dense_weight(0.5f);
    return model;
  }

  absl::StatusOr<v1::Collection> CreateCollection(const v1::CreateCollectionRequest& request) override {
    RETURN_IF_ERROR(server_.refusal);
    v1::Collection collection = request.collection();
    collection.set_name("collections/" + request.collection_id());
    collection.set_bytes_per_vector(1234);
    if (request.validate_only()) return collection;
    server_.collections[collection.name()];
    return collection;
  }
  absl::StatusOr<v1::Collection> GetCollection(const std::string& name) override {
    RETURN_IF_ERROR(server_.Find(name).status());
    v1::Collection collection;
    collection.set_name(name);
    return collection;
  }
  absl::StatusOr<std::vector<v1::Collection>> ListCollections() override {
    RETURN_IF_ERROR(server_.refusal);
    std::vector<v1::Collection> all;
    for (const auto& [name, documents] : server_.collections) {
      all.emplace_back().set_name(name);
      all.back().set_document_count(documents.size());
    }
    return all;
  }
  absl::StatusOr<v1::Collection> UpdateCollection(const v1::UpdateCollectionRequest& request) override {
    return request.collection();
  }
  absl::Status DeleteCollection(const std::string& name) override {
    RETURN_IF_ERROR(server_.Find(name).status());
    server_.collections.erase(name);
    return absl::OkStatus();
  }
  absl::StatusOr<v1::Collection> CompactCollection(const std::string& name) override {
    return GetCollection(name);
  }

  absl::StatusOr<v1::MeasureRecallResponse> MeasureRecall(const v1::MeasureRecallRequest& request) override {
    RETURN_IF_ERROR(server_.Find(request.collection()).status());
    v1::MeasureRecallResponse answer;
    answer.set_recall(0.98);
    answer.set_live_queries(request.sample());
    answer.set_ef(256);
    return answer;
  }

  absl::StatusOr<v1::UpsertDocumentsResponse> UpsertDocuments(
      const v1::UpsertDocumentsRequest& request) override {
    MutexLock lock(server_.mutex);
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    if (server_.check_upsert) RETURN_IF_ERROR(server_.check_upsert(request));
    for (const v1::Document& document : request.documents()) (*documents)[document.id()] = document;
    server_.batches.push_back(static_cast<size_t>(request.documents_size()));
    v1::UpsertDocumentsResponse response;
    response.set_upserted(static_cast<uint32_t>(request.documents_size()));
    return response;
  }
  absl::StatusOr<v1::Document> GetDocument(const v1::GetDocumentRequest& request) override {
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    return (*documents)[request.id()];
  }
  absl::StatusOr<v1::BatchGetDocumentsResponse> BatchGetDocuments(
      const v1::BatchGetDocumentsRequest& request) override {
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    v1::BatchGetDocumentsResponse response;
    for (const std::string& id : request.ids()) {
      const auto found = documents->find(id);
      if (found == documents->end()) {
        response.add_missing_ids(id);
      } else {
        *response.add_documents() = found->second;
      }
    }
    return response;
  }
  absl::StatusOr<v1::ListDocumentsResponse> ListDocuments(const v1::ListDocumentsRequest& request) override {
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    v1::ListDocumentsResponse response;
    for (const auto& [id, document] : *documents) *response.add_documents() = document;
    return response;
  }
  absl::StatusOr<v1::DeleteDocumentsResponse> DeleteDocuments(
      const v1::DeleteDocumentsRequest& request) override {
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    v1::DeleteDocumentsResponse response;
    for (const std::string& id : request.ids()) {
      response.set_deleted(response.deleted() + static_cast<uint32_t>(documents->erase(id)));
    }
    return response;
  }
  absl::StatusOr<v1::CountDocumentsResponse> CountDocuments(
      const v1::CountDocumentsRequest& request) override {
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    v1::CountDocumentsResponse response;
    response.set_count(documents->size());
    return response;
  }
  std::unique_ptr<client::Importer> Import(client::AckHandler, size_t) override { return nullptr; }

  // Every document, in the order of ids, with falling scores.
  absl::StatusOr<v1::SearchResponse> Search(const v1::SearchRequest& request) override {
    MutexLock lock(server_.mutex);
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    server_.searches.push_back(request);
    v1::SearchResponse response;
    for (const auto& [id, document] : *documents) {
      v1::Hit& hit = *response.add_hits();
      hit.set_id(id);
      hit.set_score(1.0f - 0.125f * static_cast<float>(response.hits_size()));
      *hit.mutable_document() = document;
      if (request.has_group_by()) {
        *hit.mutable_group() = document.metadata().fields().at(request.group_by().field());
      }
      if (request.has_snippet()) *hit.mutable_snippet() = server_.snippet;
    }
    if (request.has_pack()) *response.mutable_packed() = server_.packed;
    response.set_next_page_token("page-after-" + request.page_token());
    response.set_path(v1::SEARCH_PATH_EXACT);
    return response;
  }
  absl::StatusOr<v1::BatchSearchResponse> BatchSearch(const v1::BatchSearchRequest&) override {
    return v1::BatchSearchResponse();
  }

  // Snapshots keep what the collection holds; an archive is the snapshot's message.
  absl::StatusOr<v1::Snapshot> CreateSnapshot(const v1::CreateSnapshotRequest& request) override {
    ASSIGN_OR_RETURN(FakeServer::Documents * documents, server_.Find(request.collection()));
    v1::Snapshot& snapshot = server_.snapshots["snapshots/" + request.snapshot_id()];
    snapshot.set_name("snapshots/" + request.snapshot_id());
    snapshot.set_collection(request.collection());
    snapshot.set_document_count(documents->size());
    snapshot.set_size_bytes(2048);
    return snapshot;
  }
  absl::StatusOr<std::vector<v1::Snapshot>> ListSnapshots(const std::string& collection) override {
    RETURN_IF_ERROR(server_.refusal);
    std::vector<v1::Snapshot> all;
    for (const auto& [name, snapshot] : server_.snapshots) {
      if (collection.empty() || snapshot.collection() == collection) all.push_back(snapshot);
    }
    return all;
  }
  absl::Status DeleteSnapshot(const std::string& name) override {
    if (server_.snapshots.erase("snapshots/" + name) > 0) return absl::OkStatus();
    return absl::NotFoundError("no snapshot \"" + name + "\"");
  }
  absl::StatusOr<v1::Collection> RestoreSnapshot(const v1::RestoreSnapshotRequest& request) override {
    v1::Collection collection;
    collection.set_name("collections/" + request.collection_id());
    collection.set_document_count(server_.snapshots["snapshots/" + request.name()].document_count());
    return collection;
  }
  absl::Status ExportSnapshot(const std::string& name, const client::ArchiveSink& sink) override {
    RETURN_IF_ERROR(server_.refusal);
    const std::string bytes = server_.snapshots["snapshots/" + name].SerializeAsString();
    RETURN_IF_ERROR(sink(bytes.substr(0, 5)));
    RETURN_IF_ERROR(server_.export_failure);
    return sink(bytes.substr(5));
  }
  absl::StatusOr<v1::Snapshot> ImportSnapshot(const std::string& snapshot_id,
                                              const client::ArchiveSource& source) override {
    std::string bytes;
    while (true) {
      ASSIGN_OR_RETURN(const std::string piece, source());
      if (piece.empty()) break;
      bytes += piece;
    }
    v1::Snapshot snapshot;
    if (!snapshot.ParseFromString(bytes)) return absl::DataLossError("archive: damaged");
    snapshot.set_name("snapshots/" + snapshot_id);
    return snapshot;
  }

 private:
  FakeServer& server_;
};

}  // namespace voisin::test
