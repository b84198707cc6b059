#pragma once

#include <cstdlib>

#include "absl/status/status.h"

namespace voisin::fuzz {

// Ends a fuzz target whose promise is broken.
inline void Require(bool promise) {
  if (!promise) std::abort();
}

// Whether it is an error, which has to say why.
inline bool Refused(const absl::Status& status) {
  Require(status.ok() || !status.message().empty());
  return !status.ok();
}

}  // namespace voisin::fuzz
