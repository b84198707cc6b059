#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "service/grpc_environment.h"

// The services of voisin.v1: each call is translated for the engine and its answer translated back; nothing
// waits. `environment` outlives the service.
namespace voisin::service {

std::unique_ptr<grpc::Service> MakeEmbeddingService(CallEnvironment& environment);
std::unique_ptr<grpc::Service> MakeCollectionService(CallEnvironment& environment);
std::unique_ptr<grpc::Service> MakeDocumentService(CallEnvironment& environment);
std::unique_ptr<grpc::Service> MakeSearchService(CallEnvironment& environment);
std::unique_ptr<grpc::Service> MakeAdminService(CallEnvironment& environment);

}  // namespace voisin::service
