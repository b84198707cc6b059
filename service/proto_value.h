#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/struct.pb.h"
#include "storage/value.h"

// Metadata: google.protobuf.Struct on the wire, storage::Object inside.
namespace voisin::service {

// The struct itself is level 1; more than storage::kMaxMetadataDepth levels of structs and lists, a value of
// no kind and a number that is not finite are InvalidArgument with the path below `field`.
absl::StatusOr<storage::Object> ObjectFrom(std::string_view field, google::protobuf::Struct&& fields);
google::protobuf::Struct ToProto(storage::Object&& object);
google::protobuf::Value ToProto(storage::Value&& value);

}  // namespace voisin::service
