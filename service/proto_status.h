#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace voisin::service {

// As the wire shows it: same code, the message, and the details that ride on the status (service/errors.h) as
// google.rpc messages. Everything fits the 8 KiB of HTTP/2 trailers that clients take by default.
google::rpc::Status ToProto(const absl::Status& status);

// `text` as valid UTF-8 of at most `max_bytes`, 3 or more: ill-formed bytes become U+FFFD, and what is cut
// ends in "...".
std::string PrintableText(std::string_view text, size_t max_bytes);

}  // namespace voisin::service
