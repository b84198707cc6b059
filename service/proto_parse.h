#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace google::protobuf {
class Descriptor;
}

namespace voisin::service {

// Messages nest at most so deep on the wire: enough for metadata of the depth that is allowed, in every
// message.
inline constexpr int kMaxMessageDepth = 128;

// Why `bytes` are not a message of `type`: always InvalidArgument. Names the first string field that is not
// UTF-8.
absl::Status ExplainUnparsable(std::string_view bytes, const google::protobuf::Descriptor& type);

}  // namespace voisin::service
