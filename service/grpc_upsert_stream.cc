#include "service/grpc_upsert_stream.h"

#include "service/grpc_write_order.h"
#include "service/proto_document.h"
#include "service/proto_status.h"

namespace voisin::service {
namespace {

absl::StatusOr<UpsertRequest> Read(const grpc::ByteBuffer& bytes) {
  v1::UpsertDocumentsRequest request;
  if (absl::Status status = Parse(bytes, request); !status.ok()) return status;
  return RequestFrom(std::move(request));
}

v1::UpsertAck AckOf(uint64_t sequence, const absl::StatusOr<UpsertResult>& result) {
  v1::UpsertAck ack;
  ack.set_sequence(sequence);
  if (result.ok()) {
    ack.set_lsn(result->lsn);
  } else {
    *ack.mutable_status() = ToProto(result.status());
  }
  return ack;
}

std::vector<std::string> IdsOf(const UpsertRequest& request) {
  std::vector<std::string> ids;
  ids.reserve(request.documents.size());
  for (const storage::Document& document : request.documents) ids.push_back(document.id);
  return ids;
}

}  // namespace

OrderedStream::Handler UpsertStreamHandler(CallEnvironment& environment) {
  return [&environment, order = std::make_shared<WriteOrder>()](
             uint64_t sequence, const grpc::ByteBuffer& bytes, CallContext call,
             Callback<grpc::ByteBuffer> done) {
    const auto ack = [sequence, limit = environment.max_message_bytes,
                      done = std::move(done)](const absl::StatusOr<UpsertResult>& result) {
      done(Serialize(AckOf(sequence, result), limit));
    };
    absl::StatusOr<UpsertRequest> request = Read(bytes);
    if (!request.ok()) return ack(request.status());
    const auto shared = std::make_shared<UpsertRequest>(*std::move(request));
    const auto ids = std::make_shared<const std::vector<std::string>>(IdsOf(*shared));
    order->Run(*ids, [&environment, order, shared, ids, ack, call = std::move(call)] {
      environment.engine.Upsert(std::move(*shared), call,
                                [order, ids, ack](absl::StatusOr<UpsertResult> result) {
                                  order->Done(*ids);
                                  ack(result);
                                });
    });
  };
}

}  // namespace voisin::service
