#include "tests/scenarios/grpc_target.h"

#include <signal.h>

#include <utility>

#include "base/status_macros.h"
#include "tests/scenarios/grpc_messages.h"
#include "tests/stress/server_process.h"

namespace voisin::test {
namespace {

constexpr absl::Duration kStop = absl::Seconds(60);

template <typename Wire>
auto Converted(const absl::StatusOr<Wire>& wire) -> absl::StatusOr<decltype(FromWire(*wire))> {
  if (!wire.ok()) return wire.status();
  return FromWire(*wire);
}

absl::StatusOr<service::SearchResult> FromBatch(const v1::BatchSearchResult& result) {
  if (result.has_response()) return FromWire(result.response());
  return absl::Status(static_cast<absl::StatusCode>(result.error().code()), result.error().message());
}

class GrpcTarget : public ScenarioTarget {
 public:
  explicit GrpcTarget(TargetPlaces places)
      : places_{std::move(places.data_dir), std::move(places.models_dir), std::move(places.default_model)} {}

  absl::Status Start() {
    ASSIGN_OR_RETURN(ServerProcess server, ServerProcess::Start(places_));
    server_ = std::make_unique<ServerProcess>(std::move(server));
    return absl::OkStatus();
  }

  absl::Status Restart(Stop how) override {
    RETURN_IF_ERROR(how == Stop::crash ? Crash() : StopCleanly());
    return Start();
  }

  // The client's message names the field.
  std::string FieldOf(const absl::Status& status, const std::string& expected) const override {
    return std::string(status.message()).find(expected) == std::string::npos ? "" : expected;
  }

  absl::StatusOr<std::vector<service::ModelStatus>> ListModels() override {
    ASSIGN_OR_RETURN(const v1::ListModelsResponse response, client().ListModels());
    std::vector<service::ModelStatus> infos;
    for (const v1::Model& model : response.models()) infos.push_back(FromWire(model));
    return infos;
  }

  absl::StatusOr<service::EmbedResult> Embed(service::EmbedRequest request) override {
    return Converted(client().Embed(ToWire(request)));
  }

  absl::StatusOr<std::vector<std::vector<service::Token>>> Tokenize(
      service::TokenizeRequest request) override {
    v1::TokenizeRequest wire;
    wire.set_model(request.model);
    wire.mutable_texts()->Assign(request.texts.begin(), request.texts.end());
    wire.set_add_special_tokens(request.add_special_tokens);
    ASSIGN_OR_RETURN(const v1::TokenizeResponse response, client().Tokenize(wire));
    std::vector<std::vector<service::Token>> texts;
    for (const v1::Tokens& tokens : response.results()) {
      texts.emplace_back();
      for (const v1::Token& token : tokens.tokens()) {
        texts.back().push_back({token.id(), token.text(), {token.begin(), token.end()}});
      }
    }
    return texts;
  }

  absl::StatusOr<std::vector<float>> Similarity(service::SimilarityRequest request) override {
    v1::SimilarityRequest wire;
    wire.set_model(request.model);
    wire.set_source(request.source);
    wire.mutable_targets()->Assign(request.targets.begin(), request.targets.end());
    ASSIGN_OR_RETURN(const v1::SimilarityResponse response, client().Similarity(wire));
    return std::vector<float>(response.scores().begin(), response.scores().end());
  }

  absl::StatusOr<service::CollectionInfo> CreateCollection(service::CollectionSpec spec) override {
    return Converted(client().CreateCollection(ToWire(spec)));
  }
  absl::StatusOr<service::CollectionInfo> GetCollection(std::string id) override {
    return Converted(client().GetCollection(id));
  }
  absl::StatusOr<std::vector<service::CollectionInfo>> ListCollections() override {
    ASSIGN_OR_RETURN(const std::vector<v1::Collection> collections, client().ListCollections());
    std::vector<service::CollectionInfo> infos;
    for (const v1::Collection& collection : collections) infos.push_back(FromWire(collection));
    return infos;
  }
  absl::StatusOr<service::CollectionInfo> UpdateCollection(std::string id,
                                                           const CollectionChange& change) override {
    const index::IndexParams& params = change.index;
    v1::UpdateCollectionRequest wire;
    wire.mutable_collection()->set_name("collections/" + id);
    v1::IndexParams& index = *wire.mutable_collection()->mutable_index();
    index.set_m(params.m);
    index.set_ef_construction(params.ef_construction);
    index.set_ef_search(params.ef_search);
    if (params.m != 0) wire.mutable_update_mask()->add_paths("index.m");
    if (params.ef_construction != 0) wire.mutable_update_mask()->add_paths("index.ef_construction");
    if (params.ef_search != 0) wire.mutable_update_mask()->add_paths("index.ef_search");
    v1::LexicalParams& lexical = *wire.mutable_collection()->mutable_lexical();
    if (change.k1) lexical.set_k1(*change.k1);
    if (change.b) lexical.set_b(*change.b);
    if (change.k1) wire.mutable_update_mask()->add_paths("lexical.k1");
    if (change.b) wire.mutable_update_mask()->add_paths("lexical.b");
    return Converted(client().UpdateCollection(wire));
  }
  absl::Status DeleteCollection(std::string id) override { return client().DeleteCollection(id); }

  absl::StatusOr<service::UpsertResult> Upsert(service::UpsertRequest request) override {
    ASSIGN_OR_RETURN(const v1::UpsertDocumentsResponse response, client().UpsertDocuments(ToWire(request)));
    return service::UpsertResult{response.lsn(), response.upserted(), response.truncated()};
  }

  absl::StatusOr<std::vector<std::optional<storage::Document>>> Get(service::GetRequest request) override {
    ASSIGN_OR_RETURN(const v1::BatchGetDocumentsResponse response,
                     client().BatchGetDocuments(ToWire(request)));
    std::vector<std::optional<storage::Document>> documents;
    int next = 0;
    for (const std::string& id : request.ids) {
      const bool found = next < response.documents_size() && response.documents(next).id() == id;
      documents.emplace_back();
      if (found) documents.back() = FromWire(response.documents(next++));
    }
    return documents;
  }

  absl::StatusOr<service::ListResult> List(service::ListRequest request) override {
    ASSIGN_OR_RETURN(const v1::ListDocumentsResponse response, client().ListDocuments(ToWire(request)));
    service::ListResult result;
    result.next_page_token = response.next_page_token();
    for (const v1::Document& document : response.documents()) result.documents.push_back(FromWire(document));
    return result;
  }

  absl::StatusOr<service::DeleteResult> Delete(service::DeleteRequest request) override {
    ASSIGN_OR_RETURN(const v1::DeleteDocumentsResponse response, client().DeleteDocuments(ToWire(request)));
    return service::DeleteResult{response.lsn(), response.deleted()};
  }

  absl::StatusOr<uint64_t> Count(std::string collection, std::string filter) override {
    v1::CountDocumentsRequest wire;
    wire.set_collection(collection);
    wire.set_filter(filter);
    ASSIGN_OR_RETURN(const v1::CountDocumentsResponse response, client().CountDocuments(wire));
    return response.count();
  }

  absl::StatusOr<service::SearchResult> Search(service::SearchRequest request) override {
    return Converted(client().Search(ToWire(request)));
  }

  absl::StatusOr<std::vector<absl::StatusOr<service::SearchResult>>> BatchSearch(
      std::vector<service::SearchRequest> requests) override {
    v1::BatchSearchRequest wire;
    for (const service::SearchRequest& request : requests) *wire.add_requests() = ToWire(request);
    ASSIGN_OR_RETURN(const v1::BatchSearchResponse response, client().BatchSearch(wire));
    std::vector<absl::StatusOr<service::SearchResult>> results;
    for (const v1::BatchSearchResult& result : response.results()) results.push_back(FromBatch(result));
    return results;
  }

 private:
  absl::Status Crash() {
    server_->process().Kill(SIGKILL);
    return server_->process().Wait(kStop).status();
  }

  absl::Status StopCleanly() {
    ASSIGN_OR_RETURN(const Exit exit, server_->Stop());
    if (exit.code == 0) return absl::OkStatus();
    return absl::InternalError("the server did not stop cleanly: " + server_->process().Output());
  }

  client::Client& client() { return server_->client(); }

  const ServerPlaces places_;
  std::unique_ptr<ServerProcess> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ScenarioTarget>> StartGrpcTarget(TargetPlaces places) {
  auto target = std::make_unique<GrpcTarget>(std::move(places));
  RETURN_IF_ERROR(target->Start());
  return target;
}

}  // namespace voisin::test
