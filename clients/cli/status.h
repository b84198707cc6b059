#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace voisin::cli {

// The caller asked for something that makes no sense, as against work that failed: exit status 2.
absl::Status UsageError(std::string_view message);
// The message is on the error stream already; only the exit status is left to give.
absl::Status AlreadyReported();

// 0, 1 or 2; see Run.
int ExitCode(const absl::Status& status);
bool IsReported(const absl::Status& status);

// A status message as a std type.
std::string_view MessageOf(const absl::Status& status);
// The same code and payloads with another message.
absl::Status WithMessage(const absl::Status& status, std::string_view message);
// The same code and payloads, with `prefix` and ": " before the message.
absl::Status Prefixed(std::string_view prefix, const absl::Status& status);

}  // namespace voisin::cli
