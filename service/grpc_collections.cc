#include "google/protobuf/empty.pb.h"
#include "service/grpc_services.h"
#include "service/grpc_unary.h"
#include "service/proto_collection.h"
#include "service/proto_common.h"
#include "voisin/v1/collection.grpc.pb.h"

namespace voisin::service {
namespace {

using Wire = v1::CollectionService;
using RawService = Wire::WithRawCallbackMethod_CreateCollection<Wire::WithRawCallbackMethod_GetCollection<
    Wire::WithRawCallbackMethod_ListCollections<Wire::WithRawCallbackMethod_UpdateCollection<
        Wire::WithRawCallbackMethod_DeleteCollection<Wire::Service>>>>>;
using Context = grpc::CallbackServerContext;
using Bytes = grpc::ByteBuffer;

Callback<CollectionInfo> Described(Callback<v1::Collection> done) {
  return Then<CollectionInfo>(std::move(done), [](const CollectionInfo& info) { return ToProto(info); });
}

class CollectionService final : public RawService {
 public:
  explicit CollectionService(CallEnvironment& environment) : environment_(environment) {}

  grpc::ServerUnaryReactor* CreateCollection(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::CreateCollectionRequest, v1::Collection>(
        environment_, "CreateCollection", context, bytes, response,
        [this](v1::CreateCollectionRequest request, CallContext, Callback<v1::Collection> done) {
          absl::StatusOr<CollectionSpec> spec = SpecFrom(std::move(request));
          if (!spec.ok()) return done(std::move(spec).status());
          environment_.engine.CreateCollection(*std::move(spec), Described(std::move(done)));
        });
  }

  grpc::ServerUnaryReactor* GetCollection(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::GetCollectionRequest, v1::Collection>(
        environment_, "GetCollection", context, bytes, response,
        [this](const v1::GetCollectionRequest& request, CallContext, Callback<v1::Collection> done) {
          absl::StatusOr<std::string> id = CollectionIdOf("name", request.name());
          if (!id.ok()) return done(std::move(id).status());
          environment_.engine.GetCollection(*std::move(id), Described(std::move(done)));
        });
  }

  grpc::ServerUnaryReactor* ListCollections(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::ListCollectionsRequest, v1::ListCollectionsResponse>(
        environment_, "ListCollections", context, bytes, response,
        [this](v1::ListCollectionsRequest request, CallContext, Callback<v1::ListCollectionsResponse> done) {
          using Infos = std::vector<CollectionInfo>;
          environment_.engine.ListCollections(
              Then<Infos>(std::move(done), [request = std::move(request)](const Infos& collections) {
                return PageOf(collections, request);
              }));
        });
  }

  grpc::ServerUnaryReactor* UpdateCollection(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::UpdateCollectionRequest, v1::Collection>(
        environment_, "UpdateCollection", context, bytes, response,
        [this](const v1::UpdateCollectionRequest& request, CallContext, Callback<v1::Collection> done) {
          absl::StatusOr<std::string> id = CollectionIdOf("collection.name", request.collection().name());
          if (!id.ok()) return done(std::move(id).status());
          absl::StatusOr<ParamsChange> change = ChangeFrom(request);
          if (!change.ok()) return done(std::move(change).status());
          Update(*std::move(id), *std::move(change), std::move(done));
        });
  }

  grpc::ServerUnaryReactor* DeleteCollection(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::DeleteCollectionRequest, google::protobuf::Empty>(
        environment_, "DeleteCollection", context, bytes, response,
        [this](const v1::DeleteCollectionRequest& request, CallContext,
               Callback<google::protobuf::Empty> done) {
          absl::StatusOr<std::string> id = CollectionIdOf("name", request.name());
          if (!id.ok()) return done(std::move(id).status());
          environment_.engine.DeleteCollection(
              *std::move(id), Then<bool>(std::move(done), [](bool) { return google::protobuf::Empty(); }));
        });
  }

 private:
  // A mask may change one parameter: the others are those that hold now.
  void Update(std::string id, ParamsChange change, Callback<v1::Collection> done) {
    Engine& engine = environment_.engine;
    engine.GetCollection(id, [&engine, id, change = std::move(change),
                              done = std::move(done)](const absl::StatusOr<CollectionInfo>& now) {
      if (!now.ok()) return done(now.status());
      const CollectionSpec& spec = now->spec;
      engine.UpdateCollection(id, change({spec.params, spec.lexical.params, spec.target_recall}),
                              Described(done));
    });
  }

  CallEnvironment& environment_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeCollectionService(CallEnvironment& environment) {
  return std::make_unique<CollectionService>(environment);
}

}  // namespace voisin::service
