#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace voisin::service {

// The one place where an error becomes gRPC's: code, message, and a serialised google.rpc.Status as details.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace voisin::service
