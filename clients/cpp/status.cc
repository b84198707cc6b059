#include "clients/cpp/status.h"

#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"

namespace voisin::client {
namespace {

// What one detail adds to `message`; empty when the message names it already.
class DetailReader {
 public:
  explicit DetailReader(const std::string& message) : message_(message) {}

  std::string Read(const google::protobuf::Any& detail) const {
    if (google::rpc::BadRequest bad; detail.UnpackTo(&bad)) return Fields(bad);
    if (google::rpc::ResourceInfo resource; detail.UnpackTo(&resource)) {
      return Unless(resource.resource_name(), resource.resource_type() + " " + resource.resource_name());
    }
    if (google::rpc::PreconditionFailure failure; detail.UnpackTo(&failure)) return Subjects(failure);
    if (google::rpc::RetryInfo retry; detail.UnpackTo(&retry)) return "try again in " + Delay(retry);
    return "";
  }

 private:
  std::string Unless(const std::string& named, const std::string& text) const {
    return message_.find(named) == std::string::npos ? text : "";
  }

  std::string Fields(const google::rpc::BadRequest& bad) const {
    std::string fields;
    for (const auto& violation : bad.field_violations()) {
      fields += Unless(violation.field(), (fields.empty() ? "field " : ", field ") + violation.field());
    }
    return fields;
  }

  std::string Subjects(const google::rpc::PreconditionFailure& failure) const {
    std::string subjects;
    for (const auto& violation : failure.violations()) {
      const std::string named = violation.type() + " of " + violation.subject();
      subjects += Unless(violation.subject(), (subjects.empty() ? "" : ", ") + named);
    }
    return subjects;
  }

  static std::string Delay(const google::rpc::RetryInfo& retry) {
    return absl::FormatDuration(absl::Seconds(retry.retry_delay().seconds()) +
                                absl::Nanoseconds(retry.retry_delay().nanos()));
  }

  const std::string& message_;
};

}  // namespace

absl::Status StatusFrom(const google::rpc::Status& status) {
  std::string text = status.message();
  for (const google::protobuf::Any& detail : status.details()) {
    const std::string said = DetailReader(status.message()).Read(detail);
    if (!said.empty()) text += " (" + said + ")";
  }
  return {static_cast<absl::StatusCode>(status.code()), text};
}

absl::Status StatusFrom(int code, const std::string& message, const std::string& details) {
  google::rpc::Status status;
  if (details.empty() || !status.ParseFromString(details) || status.code() != code) {
    return {static_cast<absl::StatusCode>(code), message};
  }
  return StatusFrom(status);
}

}  // namespace voisin::client
