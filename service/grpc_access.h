#pragma once

#include <grpcpp/server_context.h>

#include <atomic>

#include "service/engine.h"

// What unary calls and streams share: who waits for them, and the line they leave in the log.
namespace voisin::service {

// Set once the caller is gone. Shared with the engine, which may ask after the call has ended.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// The caller's deadline, and `cancelled` as the question whether he left.
CallContext ContextOf(const grpc::CallbackServerContext& context, CancelFlag cancelled);

// One line per call at debug level; the server's own failures (INTERNAL, DATA_LOSS, UNKNOWN) at error level.
void LogCall(const Log& log, std::string_view method, absl::Time start, const absl::Status& status);

}  // namespace voisin::service
