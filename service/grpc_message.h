#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/statusor.h"

namespace google::protobuf {
class Message;
}

// Between bytes of the wire and messages. The server parses by itself, since gRPC answers a message that it
// cannot parse without a word about what is wrong.
namespace voisin::service {

// InvalidArgument names the field that is not UTF-8, or says which message was expected.
absl::Status Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

// ResourceExhausted when the message is longer than `max_bytes`, and how to ask for less.
absl::StatusOr<grpc::ByteBuffer> Serialize(const google::protobuf::Message& message, size_t max_bytes);

}  // namespace voisin::service
