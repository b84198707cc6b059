#include "service/grpc_unary.h"

#include "service/grpc_status.h"

namespace voisin::service {

UnaryCall::UnaryCall(const CallEnvironment& environment, std::string_view method,
                     const grpc::CallbackServerContext& context, grpc::ByteBuffer* response)
    : environment_(environment),
      method_(method),
      context_(ContextOf(context, cancelled_)),
      response_(response) {}

void UnaryCall::Answer(const google::protobuf::Message& message) {
  absl::StatusOr<grpc::ByteBuffer> bytes = Serialize(message, environment_.max_message_bytes);
  if (!bytes.ok()) return Fail(std::move(bytes).status());
  *response_ = *std::move(bytes);
  Finish(grpc::Status::OK);
}

void UnaryCall::Fail(absl::Status status) {
  status_ = std::move(status);
  Finish(ToGrpc(status_));
}

void UnaryCall::OnDone() {
  LogCall(environment_.log, method_, start_, status_);
  delete this;
}

}  // namespace voisin::service
