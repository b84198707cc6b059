#include "service/grpc_status.h"

#include "service/proto_status.h"

namespace voisin::service {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status details = ToProto(status);
  return {static_cast<grpc::StatusCode>(details.code()), details.message(), details.SerializeAsString()};
}

}  // namespace voisin::service
