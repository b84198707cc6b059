#pragma once

#include <string>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace voisin::client {

// The server's code and message; what its google.rpc details say beyond the message follows in parentheses.
absl::Status StatusFrom(const google::rpc::Status& status);

// What a call ended with. `details` are the bytes of a google.rpc.Status, or empty when nobody said more.
absl::Status StatusFrom(int code, const std::string& message, const std::string& details);

}  // namespace voisin::client
