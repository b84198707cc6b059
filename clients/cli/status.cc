#include "clients/cli/status.h"

#include "absl/strings/cord.h"

namespace voisin::cli {
namespace {

constexpr char kUsage[] = "voisin.cli/usage";
constexpr char kReported[] = "voisin.cli/reported";

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

absl::Status UsageError(std::string_view message) {
  absl::Status status = absl::InvalidArgumentError(View(message));
  status.SetPayload(kUsage, absl::Cord());
  return status;
}

absl::Status AlreadyReported() {
  absl::Status status = absl::UnknownError("reported before");
  status.SetPayload(kReported, absl::Cord());
  return status;
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  return status.GetPayload(kUsage) ? 2 : 1;
}

bool IsReported(const absl::Status& status) { return status.GetPayload(kReported).has_value(); }

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

absl::Status WithMessage(const absl::Status& status, std::string_view message) {
  absl::Status made(status.code(), View(message));
  status.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { made.SetPayload(type, payload); });
  return made;
}

absl::Status Prefixed(std::string_view prefix, const absl::Status& status) {
  return WithMessage(status, std::string(prefix) + ": " + std::string(MessageOf(status)));
}

}  // namespace voisin::cli
