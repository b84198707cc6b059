#pragma once

#include "service/config.h"

namespace voisin::service {

// `voisin serve`: opens the engine, serves until SIGTERM or SIGINT, then refuses new calls, finishes what
// runs, saves every index and returns OK. A second signal ends the process at once. Call it from a thread
// whose process has started no others: they would take the signals. Errors: the data directory is served by
// another process, the address is taken, an index could not be saved.
absl::Status Serve(const ServerConfig& config);

}  // namespace voisin::service
