#pragma once

#include <grpcpp/support/server_callback.h>

#include "service/grpc_access.h"
#include "service/grpc_environment.h"
#include "service/grpc_message.h"

namespace voisin::service {

// One unary call: bytes in, one answer or error out, exactly once. Deletes itself when gRPC is done with it.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // `method` is a literal; `response` lives as long as the call.
  UnaryCall(const CallEnvironment& environment, std::string_view method,
            const grpc::CallbackServerContext& context, grpc::ByteBuffer* response);

  CallContext context() const { return context_; }
  // Ends the call. From any thread, once; the call may be gone on return.
  void Answer(const google::protobuf::Message& message);
  void Fail(absl::Status status);

 private:
  void OnCancel() override { cancelled_->store(true); }
  void OnDone() override;

  const CallEnvironment& environment_;
  const std::string_view method_;
  const absl::Time start_ = absl::Now();
  const CancelFlag cancelled_ = std::make_shared<std::atomic<bool>>(false);
  const CallContext context_;
  grpc::ByteBuffer* const response_;
  absl::Status status_;
};

// Parses a Request and hands it to handle(Request, CallContext, Callback<Response>), which answers once on
// any thread.
template <typename Request, typename Response, typename Handle>
grpc::ServerUnaryReactor* Unary(const CallEnvironment& environment, std::string_view method,
                                const grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                grpc::ByteBuffer* response, Handle handle) {
  auto* const call = new UnaryCall(environment, method, *context, response);
  Request request;
  if (absl::Status status = Parse(*bytes, request); !status.ok()) {
    call->Fail(std::move(status));
    return call;
  }
  handle(std::move(request), call->context(), Callback<Response>([call](absl::StatusOr<Response> answer) {
           answer.ok() ? call->Answer(*answer) : call->Fail(std::move(answer).status());
         }));
  return call;
}

// A callback for the engine's answer that goes on to `done` as `convert` says.
template <typename From, typename To, typename Convert>
Callback<From> Then(Callback<To> done, Convert convert) {
  return [done = std::move(done), convert = std::move(convert)](absl::StatusOr<From> answer) {
    if (!answer.ok()) return done(std::move(answer).status());
    done(convert(*std::move(answer)));
  };
}

}  // namespace voisin::service
