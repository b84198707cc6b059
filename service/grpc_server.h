#pragma once

#include <memory>
#include <string>

#include "service/config.h"

namespace voisin::service {

// The wire: voisin.v1, grpc.health.v1 and reflection on one address. Knows nothing of signals or of the
// engine's end.
class GrpcServer {
 public:
  // Listens on config.address (port 0: any free one) and serves at once; health says NOT_SERVING while the
  // engine recovers. Unavailable when the address cannot be had. `engine` and `log` outlive the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(Engine& engine, const ServerConfig& config,
                                                           const Log& log);
  // Shutdown without grace, unless it was shut down.
  virtual ~GrpcServer() = default;

  // Where it listens, with the port that it got.
  virtual std::string address() const = 0;
  // Health says NOT_SERVING, new calls are refused, streams answer what they have read, what runs may finish;
  // after `grace` it is cancelled. Returns when no call is left. Idempotent.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace voisin::service
