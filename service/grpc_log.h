#pragma once

#include "service/log.h"

namespace voisin::service {

// While this lives, what gRPC has to complain about becomes lines of `log`, which outlives it, and protobuf
// is silent: what it cannot parse is told to the caller. gRPC's C interface has one function for the whole
// process, so at most one of these may live at a time.
class GrpcLogging {
 public:
  explicit GrpcLogging(const Log& log);
  ~GrpcLogging();
  GrpcLogging(const GrpcLogging&) = delete;
  GrpcLogging& operator=(const GrpcLogging&) = delete;
};

}  // namespace voisin::service
