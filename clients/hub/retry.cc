#include "clients/hub/retry.h"

#include <algorithm>
#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace voisin::hub {
namespace {

constexpr char kPause[] = "voisin.hub/pause";  // a duration as absl writes it

std::optional<absl::Duration> PauseOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPause);
  absl::Duration pause;
  if (!payload || !absl::ParseDuration(std::string(*payload), &pause)) return std::nullopt;
  return pause;
}

}  // namespace

absl::Status WithPause(absl::Status status, absl::Duration pause) {
  status.SetPayload(kPause, absl::Cord(absl::FormatDuration(pause)));
  return status;
}

absl::Status Retry::After(const absl::Status& failure) {
  const bool passing = absl::IsUnavailable(failure) || absl::IsResourceExhausted(failure);
  if (!passing || ++failures_ >= options_.attempts) return failure;
  const absl::Duration own =
      std::min(options_.longest_pause, options_.first_pause * (1 << std::min(failures_ - 1, 20)));
  const absl::Duration pause = std::max(own, PauseOf(failure).value_or(absl::ZeroDuration()));
  if (pause > options_.longest_pause) {
    return absl::Status(failure.code(),
                        absl::StrCat(failure.message(), "; asked to wait ", absl::FormatDuration(pause)));
  }
  if (options_.note) {
    options_.note(absl::StrCat(failure.message(), "; trying again in ", absl::FormatDuration(pause)));
  }
  options_.sleep(pause);
  return absl::OkStatus();
}

}  // namespace voisin::hub
