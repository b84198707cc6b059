#include "clients/cpp/client.h"

#include <grpcpp/create_channel.h>

#include <thread>

#include "base/status_macros.h"
#include "clients/cpp/status.h"
#include "clients/cpp/stream_importer.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "voisin/v1/collection.grpc.pb.h"
#include "voisin/v1/embedding.grpc.pb.h"
#include "voisin/v1/search.grpc.pb.h"

namespace voisin::client {
namespace {

using Health = grpc::health::v1::Health;
using HealthRequest = grpc::health::v1::HealthCheckRequest;
using HealthResponse = grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kHealthCall = absl::Seconds(1);
constexpr auto kHealthPause = std::chrono::milliseconds(50);

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address, const Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  // Who waits for a server that is starting learns soon that it has.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A connection of its own: what one client sends does not wait behind another's.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

template <typename Stub, typename Request, typename Response>
using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

class GrpcClient final : public Client {
 public:
  GrpcClient(const std::string& address, Options options)
      : GrpcClient(address, options, MakeChannel(address, options)) {}

  absl::Status WaitUntilReady(absl::Duration timeout) override {
    const absl::Time end = absl::Now() + timeout;
    absl::Status last = CheckHealth(end);
    while (absl::IsUnavailable(last) && absl::Now() < end) {
      std::this_thread::sleep_for(kHealthPause);
      last = CheckHealth(end);
    }
    return last;
  }

  absl::StatusOr<v1::EmbedResponse> Embed(const v1::EmbedRequest& request) override {
    return Call(embedding_, &v1::EmbeddingService::Stub::Embed, request);
  }
  absl::StatusOr<v1::TokenizeResponse> Tokenize(const v1::TokenizeRequest& request) override {
    return Call(embedding_, &v1::EmbeddingService::Stub::Tokenize, request);
  }
  absl::StatusOr<v1::SimilarityResponse> Similarity(const v1::SimilarityRequest& request) override {
    return Call(embedding_, &v1::EmbeddingService::Stub::Similarity, request);
  }
  absl::StatusOr<v1::ListModelsResponse> ListModels() override {
    return Call(embedding_, &v1::EmbeddingService::Stub::ListModels, v1::ListModelsRequest());
  }
  absl::StatusOr<v1::Model> GetModel(const std::string& name) override {
    v1::GetModelRequest request;
    request.set_name(name);
    return Call(embedding_, &v1::EmbeddingService::Stub::GetModel, request);
  }

  absl::StatusOr<v1::Collection> CreateCollection(const v1::CreateCollectionRequest& request) override {
    return Call(collections_, &v1::CollectionService::Stub::CreateCollection, request);
  }
  absl::StatusOr<v1::Collection> GetCollection(const std::string& name) override {
    v1::GetCollectionRequest request;
    request.set_name(name);
    return Call(collections_, &v1::CollectionService::Stub::GetCollection, request);
  }
  absl::StatusOr<std::vector<v1::Collection>> ListCollections() override {
    std::vector<v1::Collection> all;
    v1::ListCollectionsRequest request;
    do {
      ASSIGN_OR_RETURN(v1::ListCollectionsResponse page,
                       Call(collections_, &v1::CollectionService::Stub::ListCollections, request));
      for (v1::Collection& collection : *page.mutable_collections()) all.push_back(std::move(collection));
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
  absl::StatusOr<v1::Collection> UpdateCollection(const v1::UpdateCollectionRequest& request) override {
    return Call(collections_, &v1::CollectionService::Stub::UpdateCollection, request);
  }
  absl::Status DeleteCollection(const std::string& name) override {
    v1::DeleteCollectionRequest request;
    request.set_name(name);
    return Call(collections_, &v1::CollectionService::Stub::DeleteCollection, request).status();
  }

  absl::StatusOr<v1::Collection> CompactCollection(const std::string& name) override {
    v1::CompactCollectionRequest request;
    request.set_collection(name);
    return Call(admin_, &v1::AdminService::Stub::CompactCollection, request);
  }
  absl::StatusOr<v1::MeasureRecallResponse> MeasureRecall(const v1::MeasureRecallRequest& request) override {
    return Call(admin_, &v1::AdminService::Stub::MeasureRecall, request);
  }

  absl::StatusOr<v1::UpsertDocumentsResponse> UpsertDocuments(
      const v1::UpsertDocumentsRequest& request) override {
    return Call(documents_, &v1::DocumentService::Stub::UpsertDocuments, request);
  }
  absl::StatusOr<v1::Document> GetDocument(const v1::GetDocumentRequest& request) override {
    return Call(documents_, &v1::DocumentService::Stub::GetDocument, request);
  }
  absl::StatusOr<v1::BatchGetDocumentsResponse> BatchGetDocuments(
      const v1::BatchGetDocumentsRequest& request) override {
    return Call(documents_, &v1::DocumentService::Stub::BatchGetDocuments, request);
  }
  absl::StatusOr<v1::ListDocumentsResponse> ListDocuments(const v1::ListDocumentsRequest& request) override {
    return Call(documents_, &v1::DocumentService::Stub::ListDocuments, request);
  }
  absl::StatusOr<v1::DeleteDocumentsResponse> DeleteDocuments(
      const v1::DeleteDocumentsRequest& request) override {
    return Call(documents_, &v1::DocumentService::Stub::DeleteDocuments, request);
  }
  absl::StatusOr<v1::CountDocumentsResponse> CountDocuments(
      const v1::CountDocumentsRequest& request) override {
    return Call(documents_, &v1::DocumentService::Stub::CountDocuments, request);
  }
  std::unique_ptr<Importer> Import(AckHandler on_ack, size_t max_in_flight) override {
    return std::make_unique<StreamImporter>(documents_, std::move(on_ack), max_in_flight);
  }

  absl::StatusOr<v1::SearchResponse> Search(const v1::SearchRequest& request) override {
    return Call(search_, &v1::SearchService::Stub::Search, request);
  }
  absl::StatusOr<v1::BatchSearchResponse> BatchSearch(const v1::BatchSearchRequest& request) override {
    return Call(search_, &v1::SearchService::Stub::BatchSearch, request);
  }

  absl::StatusOr<v1::Snapshot> CreateSnapshot(const v1::CreateSnapshotRequest& request) override {
    ASSIGN_OR_RETURN(v1::SnapshotOperation operation,
                     Call(admin_, &v1::AdminService::Stub::CreateSnapshot, request));
    return std::move(*operation.mutable_response());
  }
  absl::StatusOr<std::vector<v1::Snapshot>> ListSnapshots(const std::string& collection) override {
    std::vector<v1::Snapshot> all;
    v1::ListSnapshotsRequest request;
    request.set_collection(collection);
    do {
      ASSIGN_OR_RETURN(v1::ListSnapshotsResponse page,
                       Call(admin_, &v1::AdminService::Stub::ListSnapshots, request));
      for (v1::Snapshot& snapshot : *page.mutable_snapshots()) all.push_back(std::move(snapshot));
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
  absl::Status DeleteSnapshot(const std::string& name) override {
    v1::DeleteSnapshotRequest request;
    request.set_name(name);
    return Call(admin_, &v1::AdminService::Stub::DeleteSnapshot, request).status();
  }
  absl::StatusOr<v1::Collection> RestoreSnapshot(const v1::RestoreSnapshotRequest& request) override {
    return Call(admin_, &v1::AdminService::Stub::RestoreSnapshot, request);
  }
  absl::Status ExportSnapshot(const std::string& name, const ArchiveSink& sink) override {
    return ReceiveArchive(admin_, absl::Now() + timeout_, name, sink);
  }
  absl::StatusOr<v1::Snapshot> ImportSnapshot(const std::string& snapshot_id,
                                              const ArchiveSource& source) override {
    return SendArchive(admin_, absl::Now() + timeout_, snapshot_id, source);
  }

 private:
  GrpcClient(const std::string& address, const Options& options,
             const std::shared_ptr<grpc::Channel>& channel)
      : address_(address),
        timeout_(options.timeout),
        embedding_(channel),
        collections_(channel),
        documents_(channel),
        search_(channel),
        admin_(channel),
        health_(channel) {}

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub, Method<Stub, Request, Response> method, const Request& request) {
    return CallUntil(absl::Now() + timeout_, stub, method, request);
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> CallUntil(absl::Time deadline, Stub& stub, Method<Stub, Request, Response> method,
                                     const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return response;
    return StatusFrom(status.error_code(), Located(status), status.error_details());
  }

  // Says which server, in particular one that is not there.
  std::string Located(const grpc::Status& status) const {
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return status.error_message();
    return "voisin at " + address_ + ": " + status.error_message();
  }

  absl::Status CheckHealth(absl::Time end) {
    const absl::Time deadline = std::min(end, absl::Now() + kHealthCall);
    const auto response = CallUntil(deadline, health_, &Health::Stub::Check, HealthRequest());
    if (absl::IsDeadlineExceeded(response.status())) {
      return absl::UnavailableError("no voisin server answers at " + address_);
    }
    RETURN_IF_ERROR(response.status());
    if (response->status() == HealthResponse::SERVING) return absl::OkStatus();
    return absl::UnavailableError("the server at " + address_ + " is starting or stopping");
  }

  const std::string address_;
  const absl::Duration timeout_;
  v1::EmbeddingService::Stub embedding_;
  v1::CollectionService::Stub collections_;
  v1::DocumentService::Stub documents_;
  v1::SearchService::Stub search_;
  v1::AdminService::Stub admin_;
  Health::Stub health_;
};

}  // namespace

std::unique_ptr<Client> Client::Connect(const std::string& address, Options options) {
  return std::make_unique<GrpcClient>(address, options);
}

}  // namespace voisin::client
