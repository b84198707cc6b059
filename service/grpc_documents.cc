#include "service/errors.h"
#include "service/grpc_services.h"
#include "service/grpc_unary.h"
#include "service/grpc_upsert_stream.h"
#include "service/proto_common.h"
#include "service/proto_document.h"
#include "voisin/v1/document.grpc.pb.h"

namespace voisin::service {
namespace {

using Wire = v1::DocumentService;
using RawService = Wire::WithRawCallbackMethod_UpsertDocuments<Wire::WithRawCallbackMethod_StreamUpsert<
    Wire::WithRawCallbackMethod_GetDocument<Wire::WithRawCallbackMethod_BatchGetDocuments<
        Wire::WithRawCallbackMethod_ListDocuments<Wire::WithRawCallbackMethod_DeleteDocuments<
            Wire::WithRawCallbackMethod_CountDocuments<Wire::Service>>>>>>>;
using Context = grpc::CallbackServerContext;
using Bytes = grpc::ByteBuffer;
using Found = std::vector<std::optional<storage::Document>>;

absl::StatusOr<v1::Document> OnlyOne(Found&& found, const std::string& collection, const std::string& id) {
  if (!found.empty() && found[0]) return ToProto(*std::move(found[0]));
  return NotFoundResource("document", DocumentName(collection, id),
                          "collection \"" + collection + "\" has no document \"" + id + "\"");
}

v1::CountDocumentsResponse CountOf(uint64_t count) {
  v1::CountDocumentsResponse response;
  response.set_count(count);
  return response;
}

class DocumentService final : public RawService {
 public:
  explicit DocumentService(CallEnvironment& environment) : environment_(environment) {}

  grpc::ServerUnaryReactor* UpsertDocuments(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::UpsertDocumentsRequest, v1::UpsertDocumentsResponse>(
        environment_, "UpsertDocuments", context, bytes, response,
        [this](v1::UpsertDocumentsRequest request, CallContext call,
               Callback<v1::UpsertDocumentsResponse> done) {
          absl::StatusOr<UpsertRequest> made = RequestFrom(std::move(request));
          if (!made.ok()) return done(std::move(made).status());
          environment_.engine.Upsert(*std::move(made), std::move(call),
                                     Then<UpsertResult>(std::move(done), [](const UpsertResult& result) {
                                       return ToProto(result);
                                     }));
        });
  }

  grpc::ServerBidiReactor<Bytes, Bytes>* StreamUpsert(Context* context) override {
    return OrderedStream::Start(environment_, "StreamUpsert", *context, UpsertStreamHandler(environment_));
  }

  grpc::ServerUnaryReactor* GetDocument(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::GetDocumentRequest, v1::Document>(
        environment_, "GetDocument", context, bytes, response,
        [this](v1::GetDocumentRequest request, CallContext, Callback<v1::Document> done) {
          absl::StatusOr<GetRequest> made = RequestFrom(std::move(request));
          if (!made.ok()) return done(std::move(made).status());
          const auto one = [collection = made->collection, id = made->ids[0]](Found&& found) {
            return OnlyOne(std::move(found), collection, id);
          };
          environment_.engine.Get(*std::move(made), Then<Found>(std::move(done), one));
        });
  }

  grpc::ServerUnaryReactor* BatchGetDocuments(Context* context, const Bytes* bytes,
                                              Bytes* response) override {
    return Unary<v1::BatchGetDocumentsRequest, v1::BatchGetDocumentsResponse>(
        environment_, "BatchGetDocuments", context, bytes, response,
        [this](v1::BatchGetDocumentsRequest request, CallContext,
               Callback<v1::BatchGetDocumentsResponse> done) {
          absl::StatusOr<GetRequest> made = RequestFrom(std::move(request));
          if (!made.ok()) return done(std::move(made).status());
          const auto all = [ids = made->ids](Found&& found) { return ToProto(ids, std::move(found)); };
          environment_.engine.Get(*std::move(made), Then<Found>(std::move(done), all));
        });
  }

  grpc::ServerUnaryReactor* ListDocuments(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::ListDocumentsRequest, v1::ListDocumentsResponse>(
        environment_, "ListDocuments", context, bytes, response,
        [this](v1::ListDocumentsRequest request, CallContext, Callback<v1::ListDocumentsResponse> done) {
          absl::StatusOr<ListRequest> made = RequestFrom(std::move(request));
          if (!made.ok()) return done(std::move(made).status());
          environment_.engine.List(*std::move(made),
                                   Then<ListResult>(std::move(done), [](ListResult&& result) {
                                     return ToProto(std::move(result));
                                   }));
        });
  }

  grpc::ServerUnaryReactor* DeleteDocuments(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::DeleteDocumentsRequest, v1::DeleteDocumentsResponse>(
        environment_, "DeleteDocuments", context, bytes, response,
        [this](v1::DeleteDocumentsRequest request, CallContext call,
               Callback<v1::DeleteDocumentsResponse> done) {
          absl::StatusOr<DeleteRequest> made = RequestFrom(std::move(request));
          if (!made.ok()) return done(std::move(made).status());
          environment_.engine.Delete(*std::move(made), std::move(call),
                                     Then<DeleteResult>(std::move(done), [](const DeleteResult& result) {
                                       return ToProto(result);
                                     }));
        });
  }

  grpc::ServerUnaryReactor* CountDocuments(Context* context, const Bytes* bytes, Bytes* response) override {
    return Unary<v1::CountDocumentsRequest, v1::CountDocumentsResponse>(
        environment_, "CountDocuments", context, bytes, response,
        [this](const v1::CountDocumentsRequest& request, CallContext,
               Callback<v1::CountDocumentsResponse> done) {
          absl::StatusOr<std::string> id = CollectionIdOf("collection", request.collection());
          if (!id.ok()) return done(std::move(id).status());
          environment_.engine.Count(*std::move(id), request.filter(),
                                    Then<uint64_t>(std::move(done), CountOf));
        });
  }

 private:
  CallEnvironment& environment_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDocumentService(CallEnvironment& environment) {
  return std::make_unique<DocumentService>(environment);
}

}  // namespace voisin::service
