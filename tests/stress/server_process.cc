#include "tests/stress/server_process.h"

#include <signal.h>

#include <chrono>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace voisin::test {
namespace {

constexpr absl::Duration kStart = absl::Seconds(60);
constexpr absl::Duration kStop = absl::Seconds(60);
constexpr absl::Duration kTry = absl::Seconds(1);  // then looks whether it still runs
constexpr std::chrono::milliseconds kPause(5);     // between two looks at a server that starts

std::string AddressOf(int port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

ServerProcess::ServerProcess(ChildProcess process, int port)
    : process_(std::move(process)), port_(port), client_(client::Client::Connect(AddressOf(port))) {}

absl::StatusOr<ServerProcess> ServerProcess::Launch(const ServerPlaces& places) {
  ASSIGN_OR_RETURN(const int port, FreePort());
  const std::filesystem::path output = places.data_dir.string() + "." + std::to_string(port) + ".log";
  // VOISIN_BINARY is the program of this build, from CMake.
  ASSIGN_OR_RETURN(ChildProcess process,
                   ChildProcess::Start({VOISIN_BINARY, "serve", "--address", AddressOf(port), "--data-dir",
                                        places.data_dir.string(), "--models-dir", places.models_dir.string(),
                                        "--set", "default_model=" + places.default_model},
                                       output));
  return ServerProcess(std::move(process), port);
}

absl::StatusOr<ServerProcess> ServerProcess::Start(const ServerPlaces& places) {
  ASSIGN_OR_RETURN(ServerProcess server, Launch(places));
  RETURN_IF_ERROR(server.WaitUntilReady());
  return server;
}

bool ServerProcess::WaitUntilListening(absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (process_.IsRunning() && absl::Now() < end) {
    if (IsListening(port_)) return true;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

absl::StatusOr<Exit> ServerProcess::Stop() {
  client_.reset();
  process_.Kill(SIGTERM);
  return process_.Wait(kStop);
}

absl::Status ServerProcess::WaitUntilReady() {
  const absl::Time end = absl::Now() + kStart;
  absl::Status ready = absl::UnavailableError("it does not listen");
  const bool listening = WaitUntilListening(kStart);
  while (listening && !ready.ok() && process_.IsRunning() && absl::Now() < end)
    ready = client_->WaitUntilReady(kTry);
  if (ready.ok() && process_.IsRunning()) return ready;
  return absl::UnavailableError("the server is not ready: " + ready.ToString() +
                                "; it wrote: " + process_.Output());
}

}  // namespace voisin::test
