#include "service/grpc_message.h"

#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/impl/codegen/config_protobuf.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include "service/proto_parse.h"

namespace voisin::service {
namespace {

std::string Flat(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string flat;
  if (!bytes.Dump(&slices).ok()) return flat;
  for (const grpc::Slice& slice : slices) {
    flat.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return flat;
}

bool Read(grpc::ByteBuffer bytes, google::protobuf::Message& message) {
  grpc::ProtoBufferReader reader(&bytes);
  if (!reader.status().ok()) return false;
  google::protobuf::io::CodedInputStream stream(&reader);
  stream.SetRecursionLimit(kMaxMessageDepth);
  return message.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

}  // namespace

absl::Status Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  if (Read(bytes, message)) return absl::OkStatus();
  return ExplainUnparsable(Flat(bytes), *message.GetDescriptor());
}

absl::StatusOr<grpc::ByteBuffer> Serialize(const google::protobuf::Message& message, size_t max_bytes) {
  const size_t size = message.ByteSizeLong();
  if (size > max_bytes) {
    return absl::ResourceExhaustedError("the answer has " + std::to_string(size) +
                                        " bytes, the server sends at most " + std::to_string(max_bytes) +
                                        ": ask for fewer items or fewer fields");
  }
  grpc::ByteBuffer bytes;
  bool owned = false;
  const grpc::Status status =
      grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(message, &bytes, &owned);
  if (!status.ok()) return absl::InternalError("cannot serialise the answer: " + status.error_message());
  return bytes;
}

}  // namespace voisin::service
