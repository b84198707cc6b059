#pragma once

#include <grpcpp/support/server_callback.h>

#include "service/grpc_environment.h"

// The calls of AdminService that stream the bytes of an archive. No thread waits: one message is under way at
// a time, so a slow side holds the other back. Each deletes itself when gRPC is done with it.
namespace voisin::service {

grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportCall(const CallEnvironment& environment,
                                                       const grpc::ByteBuffer& request);

grpc::ServerReadReactor<grpc::ByteBuffer>* ImportCall(const CallEnvironment& environment,
                                                      grpc::ByteBuffer* response);

}  // namespace voisin::service
