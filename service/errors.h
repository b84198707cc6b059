#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

// Errors with the details that the transport shows (google.rpc): they ride on absl::Status as payloads.
namespace voisin::service {

// INVALID_ARGUMENT with a BadRequest field violation; `field` is the path in the request, e.g.
// "documents[3].vector".
absl::Status InvalidField(std::string_view field, std::string_view description);
// The same for a status that a layer below made: keeps its code and message, adds the field.
absl::Status AtField(std::string_view field, absl::Status status);
// NOT_FOUND / ALREADY_EXISTS with ResourceInfo; `type` is "collection", "document" or "model".
absl::Status NotFoundResource(std::string_view type, std::string_view name, std::string_view message);
absl::Status ExistingResource(std::string_view type, std::string_view name, std::string_view message);
// FAILED_PRECONDITION with a PreconditionFailure violation, e.g. type "MODEL_FINGERPRINT", subject
// "collections/x".
absl::Status BrokenPrecondition(std::string_view type, std::string_view subject, std::string_view message);
// RESOURCE_EXHAUSTED or UNAVAILABLE (the status's own) with RetryInfo.
absl::Status RetryAfter(absl::Status status, absl::Duration delay);

// What a status carries, if it does.
struct ResourceDetail {
  std::string type;
  std::string name;
};
struct PreconditionDetail {
  std::string type;
  std::string subject;
};
// absl's string_view is not the standard's here.
inline std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}
std::optional<std::string> FieldOf(const absl::Status& status);
std::optional<ResourceDetail> ResourceOf(const absl::Status& status);
std::optional<PreconditionDetail> PreconditionOf(const absl::Status& status);
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

}  // namespace voisin::service
