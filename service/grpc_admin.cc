#include "google/protobuf/empty.pb.h"
#include "service/grpc_archive.h"
#include "service/grpc_services.h"
#include "service/grpc_unary.h"
#include "service/proto_collection.h"
#include "service/proto_common.h"
#include "service/proto_snapshot.h"
#include "voisin/v1/admin.grpc.pb.h"

namespace voisin::service {
namespace {

using Wire = v1::AdminService;
using RawService = Wire::WithRawCallbackMethod_CompactCollection<
    Wire::WithRawCallbackMethod_MeasureRecall<Wire::WithRawCallbackMethod_CreateSnapshot<
        Wire::WithRawCallbackMethod_ListSnapshots<Wire::WithRawCallbackMethod_DeleteSnapshot<
            Wire::WithRawCallbackMethod_RestoreSnapshot<Wire::WithRawCallbackMethod_ExportSnapshot<
                Wire::WithRawCallbackMethod_ImportSnapshot<Wire::Service>>>>>>>>;
using Context = grpc::CallbackServerContext;
using Bytes = grpc::ByteBuffer;

v1::SnapshotOperation DoneWith(const SnapshotInfo& info) {
  v1::SnapshotOperation operation;
  *operation.mutable_response() = ToProto(info);
  operation.set_name(operation.response().name());
  operation.set_done(true);
  return operation;
}

v1::MeasureRecallResponse RecallToProto(const RecallReport& report) {
  v1::MeasureRecallResponse response;
  response.set_recall(report.recall);
  response.set_live_queries(report.live_queries);
  response.set_stored_queries(report.stored_queries);
  response.set_ef(report.ef);
  return response;
}

class AdminService final : public RawService {
 public:
  explicit AdminService(CallEnvironment& environment) : environment_(environment) {}

  grpc::ServerUnaryReactor* CompactCollection(Context* context, const Bytes* bytes,
                                              Bytes* response) override {
    return Unary<v1::CompactCollectionRequest, v1::Collection>(
        environment_, "CompactCollection", context, bytes, response,
        [this](const v1::CompactCollectionRequest& request, CallContext, Callback<v1::Collection> done) {
          absl::StatusOr<std::string> id = CollectionIdOf("collection", request.collection());
          if (!id.ok()) return done(std::move(id).status());
          environment_.engine.CompactCollection(
              *std::move(id), Then<CollectionInfo>(std::move(done),
                                                   [](const CollectionInfo& info) { return ToProto(info); }));
        });
  }

  grpc::ServerUnaryReactor* MeasureRecall(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::MeasureRecallRequest, v1::MeasureRecallResponse>(
        environment_, "MeasureRecall", context, bytes, response,
        [this](const v1::MeasureRecallRequest& request, CallContext call,
               Callback<v1::MeasureRecallResponse> done) {
          absl::StatusOr<std::string> id = CollectionIdOf("collection", request.collection());
          if (!id.ok()) return done(std::move(id).status());
          environment_.engine.MeasureRecall({*std::move(id), request.sample()}, std::move(call),
                                            Then<RecallReport>(std::move(done), RecallToProto));
        });
  }

  grpc::ServerUnaryReactor* CreateSnapshot(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::CreateSnapshotRequest, v1::SnapshotOperation>(
        environment_, "CreateSnapshot", context, bytes, response,
        [this](const v1::CreateSnapshotRequest& request, CallContext, Callback<v1::SnapshotOperation> done) {
          absl::StatusOr<std::string> collection = CollectionIdOf("collection", request.collection());
          if (!collection.ok()) return done(std::move(collection).status());
          environment_.engine.CreateSnapshot(*std::move(collection), request.snapshot_id(),
                                             Then<SnapshotInfo>(std::move(done), DoneWith));
        });
  }

  grpc::ServerUnaryReactor* ListSnapshots(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::ListSnapshotsRequest, v1::ListSnapshotsResponse>(
        environment_, "ListSnapshots", context, bytes, response,
        [this](v1::ListSnapshotsRequest request, CallContext, Callback<v1::ListSnapshotsResponse> done) {
          using Infos = std::vector<SnapshotInfo>;
          environment_.engine.ListSnapshots(Then<Infos>(
              std::move(done),
              [request = std::move(request)](const Infos& snapshots) { return PageOf(snapshots, request); }));
        });
  }

  grpc::ServerUnaryReactor* DeleteSnapshot(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::DeleteSnapshotRequest, google::protobuf::Empty>(
        environment_, "DeleteSnapshot", context, bytes, response,
        [this](const v1::DeleteSnapshotRequest& request, CallContext,
               Callback<google::protobuf::Empty> done) {
          absl::StatusOr<std::string> id = SnapshotIdOf("name", request.name());
          if (!id.ok()) return done(std::move(id).status());
          environment_.engine.DeleteSnapshot(
              *std::move(id), Then<bool>(std::move(done), [](bool) { return google::protobuf::Empty(); }));
        });
  }

  grpc::ServerUnaryReactor* RestoreSnapshot(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::RestoreSnapshotRequest, v1::Collection>(
        environment_, "RestoreSnapshot", context, bytes, response,
        [this](const v1::RestoreSnapshotRequest& request, CallContext, Callback<v1::Collection> done) {
          absl::StatusOr<std::string> id = SnapshotIdOf("name", request.name());
          if (!id.ok()) return done(std::move(id).status());
          environment_.engine.RestoreSnapshot(
              *std::move(id), request.collection_id(),
              Then<CollectionInfo>(std::move(done),
                                   [](const CollectionInfo& info) { return ToProto(info); }));
        });
  }

  grpc::ServerWriteReactor<Bytes>* ExportSnapshot(Context*, const Bytes* bytes) override {
    return ExportCall(environment_, *bytes);
  }

  grpc::ServerReadReactor<Bytes>* ImportSnapshot(Context*, Bytes* response) override {
    return ImportCall(environment_, response);
  }

 private:
  CallEnvironment& environment_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(CallEnvironment& environment) {
  return std::make_unique<AdminService>(environment);
}

}  // namespace voisin::service
