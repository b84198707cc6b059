#include "service/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "service/grpc_health.h"
#include "service/grpc_services.h"

namespace voisin::service {
namespace {

constexpr int kUnlimited = -1;

std::vector<std::string> ServiceNames() {
  return {"voisin.v1.EmbeddingService", "voisin.v1.CollectionService", "voisin.v1.DocumentService",
          "voisin.v1.SearchService", "voisin.v1.AdminService"};
}

// "host:0" with the port that was bound; other addresses have none to fill in.
std::string BoundAddress(const std::string& address, int port) {
  if (!address.ends_with(":0")) return address;
  return address.substr(0, address.size() - 1) + std::to_string(port);
}

class GrpcServerImpl final : public GrpcServer {
 public:
  GrpcServerImpl(Engine& engine, const ServerConfig& config, const Log& log)
      : environment_{engine, log, config.max_message_bytes, {}},
        embedding_(MakeEmbeddingService(environment_)),
        collections_(MakeCollectionService(environment_)),
        documents_(MakeDocumentService(environment_)),
        search_(MakeSearchService(environment_)),
        admin_(MakeAdminService(environment_)) {}

  ~GrpcServerImpl() override { Shutdown(absl::ZeroDuration()); }

  absl::Status Listen(const std::string& address) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second server on the port is an error
    builder.SetMaxReceiveMessageSize(static_cast<int>(environment_.max_message_bytes));
    builder.SetMaxSendMessageSize(kUnlimited);  // answers are measured before they are sent
    for (grpc::Service* service :
         {embedding_.get(), collections_.get(), documents_.get(), search_.get(), admin_.get()}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::UnavailableError("cannot listen on " + address +
                                    ": it is taken, or no address of this machine");
    }
    address_ = BoundAddress(address, port);
    health_.emplace(environment_.engine, *server_->GetHealthCheckService(), ServiceNames());
    return absl::OkStatus();
  }

  std::string address() const override { return address_; }

  void Shutdown(absl::Duration grace) override {
    if (server_ == nullptr) return;
    if (health_) health_->Stop();
    environment_.streams.StopAll();
    server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
    server_->Wait();
    health_.reset();
    server_ = nullptr;
  }

 private:
  CallEnvironment environment_;
  const std::unique_ptr<grpc::Service> embedding_;
  const std::unique_ptr<grpc::Service> collections_;
  const std::unique_ptr<grpc::Service> documents_;
  const std::unique_ptr<grpc::Service> search_;
  const std::unique_ptr<grpc::Service> admin_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<HealthReporter> health_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(Engine& engine, const ServerConfig& config,
                                                              const Log& log) {
  auto server = std::make_unique<GrpcServerImpl>(engine, config, log);
  if (absl::Status status = server->Listen(config.address); !status.ok()) return status;
  return server;
}

}  // namespace voisin::service
