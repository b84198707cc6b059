#include "tests/stress/server_process.h"

#include <utility>

#include "base/status_macros.h"

namespace voisin::test {
namespace {

constexpr absl::Duration kStart = absl::Seconds(60);
constexpr absl::Duration kTry = absl::Milliseconds(250);

}  // namespace

ServerProcess::ServerProcess(ChildProcess process, std::string address)
    : process_(std::move(process)),
      address_(std::move(address)),
      client_(client::Client::Connect(address_)) {}

absl::StatusOr<ServerProcess> ServerProcess::Launch(const ServerPlaces& places) {
  ASSIGN_OR_RETURN(const int port, FreePort());
  std::string address = "127.0.0.1:" + std::to_string(port);
  const std::filesystem::path output = places.data_dir.string() + "." + std::to_string(port) + ".log";
  // VOISIN_BINARY is the program of this build, from CMake.
  ASSIGN_OR_RETURN(ChildProcess process,
                   ChildProcess::Start({VOISIN_BINARY, "serve", "--address", address, "--data-dir",
                                        places.data_dir.string(), "--models-dir", places.models_dir.string(),
                                        "--set", "default_model=" + places.default_model},
                                       output));
  return ServerProcess(std::move(process), std::move(address));
}

absl::StatusOr<ServerProcess> ServerProcess::Start(const ServerPlaces& places) {
  ASSIGN_OR_RETURN(ServerProcess server, Launch(places));
  RETURN_IF_ERROR(server.WaitUntilReady());
  return server;
}

absl::Status ServerProcess::WaitUntilReady() {
  const absl::Time end = absl::Now() + kStart;
  absl::Status ready = absl::UnavailableError("not asked");
  while (!ready.ok() && process_.IsRunning() && absl::Now() < end) {
    client_ = client::Client::Connect(address_);  // a refused connection makes gRPC wait for seconds
    ready = client_->WaitUntilReady(kTry);
  }
  if (ready.ok() && process_.IsRunning()) return ready;
  return absl::UnavailableError("the server is not ready: " + ready.ToString() +
                                "; it wrote: " + process_.Output());
}

}  // namespace voisin::test
