#pragma once

#include <memory>

#include "clients/cpp/client.h"
#include "tests/support/child_process.h"

namespace voisin::test {

struct ServerPlaces {
  std::filesystem::path data_dir;
  std::filesystem::path models_dir;
  std::string default_model;
};

// A `voisin serve` of the build, in a process of its own, on a free port of the loopback address.
class ServerProcess {
 public:
  // Starts it and returns at once.
  static absl::StatusOr<ServerProcess> Launch(const ServerPlaces& places);
  // Launch, then waits until it is ready; an error says what the server wrote.
  static absl::StatusOr<ServerProcess> Start(const ServerPlaces& places);

  ChildProcess& process() { return process_; }
  client::Client& client() { return *client_; }
  absl::Status WaitUntilReady();
  // Waits until it takes connections or has ended; false when it ended, or not within `timeout`.
  bool WaitUntilListening(absl::Duration timeout);
  // SIGTERM, then waits for the end. There is no client afterwards: an idle one reads the server's farewell only every
  // five seconds (gRPC's backup poller), and a clean stop waits for its clients to go.
  absl::StatusOr<Exit> Stop();

 private:
  ServerProcess(ChildProcess process, int port);

  ChildProcess process_;
  int port_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace voisin::test
