#pragma once

#include <memory>

#include "absl/time/time.h"
#include "clients/cpp/archive_stream.h"
#include "clients/cpp/importer.h"
#include "voisin/v1/collection.pb.h"
#include "voisin/v1/embedding.pb.h"
#include "voisin/v1/search.pb.h"

// A client of voisin's gRPC service for C++ programs.
//
// Every error is the server's own status: its code, and a message that names the field or resource of the
// error details when the text does not already ("texts[1]: expected ... (invalid field)"). UNAVAILABLE means
// that nobody answers.
namespace voisin::client {

struct Options {
  absl::Duration timeout = absl::Seconds(60);  // of each call
  int max_message_bytes = 256 << 20;           // of each answer
};

// Thread-safe: calls of many threads share one connection, which is this client's alone.
class Client {
 public:
  // `address` is host:port or unix:path. Does not wait for the server: see WaitUntilReady.
  static std::unique_ptr<Client> Connect(const std::string& address, Options options = {});
  virtual ~Client() = default;

  // Waits until the server says that it serves (health service). Unavailable: nobody answered within
  // `timeout`, or it is still recovering.
  virtual absl::Status WaitUntilReady(absl::Duration timeout) = 0;

  virtual absl::StatusOr<v1::EmbedResponse> Embed(const v1::EmbedRequest& request) = 0;
  virtual absl::StatusOr<v1::TokenizeResponse> Tokenize(const v1::TokenizeRequest& request) = 0;
  virtual absl::StatusOr<v1::SimilarityResponse> Similarity(const v1::SimilarityRequest& request) = 0;
  virtual absl::StatusOr<v1::ListModelsResponse> ListModels() = 0;
  virtual absl::StatusOr<v1::Model> GetModel(const std::string& name) = 0;

  // Names may be given as "collections/x" or as "x".
  virtual absl::StatusOr<v1::Collection> CreateCollection(const v1::CreateCollectionRequest& request) = 0;
  virtual absl::StatusOr<v1::Collection> GetCollection(const std::string& name) = 0;
  virtual absl::StatusOr<std::vector<v1::Collection>> ListCollections() = 0;  // all pages
  virtual absl::StatusOr<v1::Collection> UpdateCollection(const v1::UpdateCollectionRequest& request) = 0;
  virtual absl::Status DeleteCollection(const std::string& name) = 0;
  virtual absl::StatusOr<v1::Collection> CompactCollection(const std::string& name) = 0;
  virtual absl::StatusOr<v1::MeasureRecallResponse> MeasureRecall(
      const v1::MeasureRecallRequest& request) = 0;

  virtual absl::StatusOr<v1::UpsertDocumentsResponse> UpsertDocuments(
      const v1::UpsertDocumentsRequest& request) = 0;
  virtual absl::StatusOr<v1::Document> GetDocument(const v1::GetDocumentRequest& request) = 0;
  virtual absl::StatusOr<v1::BatchGetDocumentsResponse> BatchGetDocuments(
      const v1::BatchGetDocumentsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDocumentsResponse> ListDocuments(
      const v1::ListDocumentsRequest& request) = 0;
  virtual absl::StatusOr<v1::DeleteDocumentsResponse> DeleteDocuments(
      const v1::DeleteDocumentsRequest& request) = 0;
  virtual absl::StatusOr<v1::CountDocumentsResponse> CountDocuments(
      const v1::CountDocumentsRequest& request) = 0;
  // `on_ack` is called once for each added request, in order, on another thread; it must not call the
  // importer. The client must outlive the importer. The stream has no deadline.
  virtual std::unique_ptr<Importer> Import(AckHandler on_ack, size_t max_in_flight = 8) = 0;

  virtual absl::StatusOr<v1::SearchResponse> Search(const v1::SearchRequest& request) = 0;
  virtual absl::StatusOr<v1::BatchSearchResponse> BatchSearch(const v1::BatchSearchRequest& request) = 0;

  // Names may be given as "snapshots/x" or as "x".
  virtual absl::StatusOr<v1::Snapshot> CreateSnapshot(const v1::CreateSnapshotRequest& request) = 0;
  // All pages; of one collection, or of all when it is empty.
  virtual absl::StatusOr<std::vector<v1::Snapshot>> ListSnapshots(const std::string& collection) = 0;
  virtual absl::Status DeleteSnapshot(const std::string& name) = 0;
  virtual absl::StatusOr<v1::Collection> RestoreSnapshot(const v1::RestoreSnapshotRequest& request) = 0;
  // The archive is whole only when this returns OK. An error of the sink ends the call.
  virtual absl::Status ExportSnapshot(const std::string& name, const ArchiveSink& sink) = 0;
  virtual absl::StatusOr<v1::Snapshot> ImportSnapshot(const std::string& snapshot_id,
                                                      const ArchiveSource& source) = 0;
};

}  // namespace voisin::client
