#include "service/proto_status.h"

#include <algorithm>

#include "google/rpc/error_details.pb.h"
#include "service/errors.h"
#include "service/utf8.h"

namespace voisin::service {
namespace {

// gRPC sends the message percent-encoded, three bytes for one in the worst case, and again with the details
// in base64: 3 * 1024 + 4 / 3 * (2 * 1024 + 2 * 384) < 7 KiB.
constexpr size_t kMessageBytes = 1024;
constexpr size_t kNameBytes = 384;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "...";

std::string WellFormed(std::string_view text) {
  std::string well_formed;
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    well_formed.append(length == 0 ? kReplacement : text.substr(0, length));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return well_formed;
}

std::string Name(std::string_view text) { return PrintableText(text, kNameBytes); }

void AddBadRequest(std::string_view field, google::rpc::Status& to) {
  google::rpc::BadRequest detail;
  google::rpc::BadRequest::FieldViolation& violation = *detail.add_field_violations();
  violation.set_field(Name(field));
  violation.set_description(to.message());
  to.add_details()->PackFrom(detail);
}

void AddResource(const ResourceDetail& resource, google::rpc::Status& to) {
  google::rpc::ResourceInfo detail;
  detail.set_resource_type(Name(resource.type));
  detail.set_resource_name(Name(resource.name));
  detail.set_description(to.message());
  to.add_details()->PackFrom(detail);
}

void AddPrecondition(const PreconditionDetail& precondition, google::rpc::Status& to) {
  google::rpc::PreconditionFailure detail;
  google::rpc::PreconditionFailure::Violation& violation = *detail.add_violations();
  violation.set_type(Name(precondition.type));
  violation.set_subject(Name(precondition.subject));
  violation.set_description(to.message());
  to.add_details()->PackFrom(detail);
}

void AddRetry(absl::Duration delay, google::rpc::Status& to) {
  google::rpc::RetryInfo detail;
  absl::Duration rest;
  detail.mutable_retry_delay()->set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &rest));
  detail.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  to.add_details()->PackFrom(detail);
}

}  // namespace

std::string PrintableText(std::string_view text, size_t max_bytes) {
  std::string printable =
      WellFormed(text.substr(0, max_bytes + 1));  // one byte more shows that it is too long
  if (printable.size() <= max_bytes) return printable;
  size_t end = max_bytes - kEllipsis.size();
  while (end > 0 && (printable[end] & 0xC0) == 0x80) --end;  // between characters
  return printable.substr(0, end).append(kEllipsis);
}

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status made;
  made.set_code(static_cast<int>(status.code()));
  made.set_message(PrintableText({status.message().data(), status.message().size()}, kMessageBytes));
  if (const auto field = FieldOf(status)) AddBadRequest(*field, made);
  if (const auto resource = ResourceOf(status)) AddResource(*resource, made);
  if (const auto precondition = PreconditionOf(status)) AddPrecondition(*precondition, made);
  if (const auto delay = RetryDelayOf(status)) AddRetry(*delay, made);
  return made;
}

}  // namespace voisin::service
