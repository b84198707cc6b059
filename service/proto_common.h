#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/timestamp.pb.h"
#include "service/types.h"
#include "voisin/v1/common.pb.h"

// What several messages of the wire share. `field` names the place in the request that an error shows.
namespace voisin::service {

// The id in "collections/{id}" or in a bare id. InvalidArgument when there is none; the engine checks its
// letters.
absl::StatusOr<std::string> CollectionIdOf(std::string_view field, std::string_view name);
std::string CollectionName(std::string_view id);
std::string DocumentName(std::string_view collection, std::string_view id);

// InvalidArgument for a number that this version does not know.
absl::StatusOr<encoder::Truncation> TruncationFrom(std::string_view field, v1::Truncation truncation);
// InvalidArgument for an enum number out of 0..last.
absl::Status UnknownEnum(std::string_view field, int last, int got);

v1::Timings ToProto(const Stages& stages);

google::protobuf::Timestamp TimestampFromMicros(int64_t micros);
// Microseconds since 1970, rounded down. InvalidArgument outside the years 1 to 9999 or the nanoseconds of a
// second.
absl::StatusOr<int64_t> MicrosFrom(std::string_view field, const google::protobuf::Timestamp& time);

// Takes each of the optional flags with_text, with_metadata and with_vector of a request at its default.
template <typename Request>
storage::ReadMask MaskOf(const Request& request) {
  storage::ReadMask mask;
  if (request.has_with_text()) mask.text = request.with_text();
  if (request.has_with_metadata()) mask.metadata = request.with_metadata();
  if (request.has_with_vector()) mask.vector = request.with_vector();
  return mask;
}

}  // namespace voisin::service
