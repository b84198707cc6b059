#include "service/errors.h"

#include <charconv>
#include <utility>

#include "absl/strings/cord.h"

namespace voisin::service {
namespace {

constexpr char kField[] = "voisin/field";
constexpr char kResource[] = "voisin/resource";          // type "\n" name
constexpr char kPrecondition[] = "voisin/precondition";  // type "\n" subject
constexpr char kRetry[] = "voisin/retry";                // microseconds, decimal

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

absl::Status With(absl::Status status, const char* url, std::string_view payload) {
  if (!status.ok()) status.SetPayload(url, absl::Cord(View(payload)));
  return status;
}

std::string Pair(std::string_view first, std::string_view second) {
  return std::string(first) + "\n" + std::string(second);
}

std::optional<std::string> Payload(const absl::Status& status, const char* url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  if (!payload) return std::nullopt;
  return std::string(*payload);
}

template <typename Detail>
std::optional<Detail> PairPayload(const absl::Status& status, const char* url) {
  const std::optional<std::string> payload = Payload(status, url);
  if (!payload) return std::nullopt;
  const size_t split = payload->find('\n');
  if (split == std::string::npos) return Detail{*payload, ""};
  return Detail{payload->substr(0, split), payload->substr(split + 1)};
}

}  // namespace

absl::Status InvalidField(std::string_view field, std::string_view description) {
  return AtField(field, absl::InvalidArgumentError(std::string(field) + ": " + std::string(description)));
}

absl::Status AtField(std::string_view field, absl::Status status) {
  return With(std::move(status), kField, field);
}

absl::Status NotFoundResource(std::string_view type, std::string_view name, std::string_view message) {
  return With(absl::NotFoundError(View(message)), kResource, Pair(type, name));
}

absl::Status ExistingResource(std::string_view type, std::string_view name, std::string_view message) {
  return With(absl::AlreadyExistsError(View(message)), kResource, Pair(type, name));
}

absl::Status BrokenPrecondition(std::string_view type, std::string_view subject, std::string_view message) {
  return With(absl::FailedPreconditionError(View(message)), kPrecondition, Pair(type, subject));
}

absl::Status RetryAfter(absl::Status status, absl::Duration delay) {
  return With(std::move(status), kRetry, std::to_string(absl::ToInt64Microseconds(delay)));
}

std::optional<std::string> FieldOf(const absl::Status& status) { return Payload(status, kField); }

std::optional<ResourceDetail> ResourceOf(const absl::Status& status) {
  return PairPayload<ResourceDetail>(status, kResource);
}

std::optional<PreconditionDetail> PreconditionOf(const absl::Status& status) {
  return PairPayload<PreconditionDetail>(status, kPrecondition);
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const std::optional<std::string> text = Payload(status, kRetry);
  if (!text) return std::nullopt;
  int64_t micros = 0;
  std::from_chars(text->data(), text->data() + text->size(), micros);
  return absl::Microseconds(micros);
}

}  // namespace voisin::service
