#include "service/grpc_archive.h"

#include "service/grpc_access.h"
#include "service/grpc_message.h"
#include "service/grpc_status.h"
#include "service/proto_snapshot.h"

namespace voisin::service {
namespace {

// What both directions share: how the call ends, and the line it leaves in the log.
template <typename Reactor>
class ArchiveCall : public Reactor {
 public:
  ArchiveCall(const CallEnvironment& environment, std::string_view method)
      : environment_(environment), method_(method) {}

 protected:
  void End(absl::Status status) {
    status_ = std::move(status);
    this->Finish(ToGrpc(status_));
  }
  const CallEnvironment& environment() const { return environment_; }

 private:
  void OnDone() override {
    LogCall(environment_.log, method_, start_, status_);
    delete this;
  }

  const CallEnvironment& environment_;
  const std::string_view method_;
  const absl::Time start_ = absl::Now();
  absl::Status status_;
};

class Exporting final : public ArchiveCall<grpc::ServerWriteReactor<grpc::ByteBuffer>> {
 public:
  using ArchiveCall::ArchiveCall;

  void Start(const grpc::ByteBuffer& bytes) {
    v1::ExportSnapshotRequest request;
    if (absl::Status status = Parse(bytes, request); !status.ok()) return End(std::move(status));
    absl::StatusOr<std::string> id = SnapshotIdOf("name", request.name());
    if (!id.ok()) return End(std::move(id).status());
    environment().engine.ExportSnapshot(*std::move(id),
                                        [this](absl::StatusOr<std::shared_ptr<SnapshotReader>> reader) {
                                          if (!reader.ok()) return End(std::move(reader).status());
                                          reader_ = *std::move(reader);
                                          SendNext();
                                        });
  }

 private:
  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the client is gone"));
    SendNext();
  }

  void SendNext() {
    reader_->Read([this](absl::StatusOr<std::string> piece) {
      if (!piece.ok()) return End(std::move(piece).status());
      if (piece->empty()) return End(absl::OkStatus());
      Send(*std::move(piece));
    });
  }

  void Send(std::string piece) {
    v1::ExportSnapshotResponse response;
    response.set_data(std::move(piece));
    absl::StatusOr<grpc::ByteBuffer> bytes = Serialize(response, environment().max_message_bytes);
    if (!bytes.ok()) return End(std::move(bytes).status());
    message_ = *std::move(bytes);
    StartWrite(&message_);
  }

  std::shared_ptr<SnapshotReader> reader_;
  grpc::ByteBuffer message_;  // of the write that runs
};

class Importing final : public ArchiveCall<grpc::ServerReadReactor<grpc::ByteBuffer>> {
 public:
  Importing(const CallEnvironment& environment, grpc::ByteBuffer* response)
      : ArchiveCall(environment, "ImportSnapshot"), response_(response) {}

  void Start() { StartRead(&message_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Complete();
    v1::ImportSnapshotRequest request;
    if (absl::Status status = Parse(message_, request); !status.ok()) return End(std::move(status));
    if (writer_ != nullptr) return Take(std::move(*request.mutable_data()));
    environment().engine.ImportSnapshot(
        request.snapshot_id(),
        [this, data = request.data()](absl::StatusOr<std::shared_ptr<SnapshotWriter>> writer) {
          if (!writer.ok()) return End(std::move(writer).status());
          writer_ = *std::move(writer);
          Take(data);
        });
  }

  void Take(std::string data) {
    writer_->Write(std::move(data), [this](const absl::StatusOr<uint64_t>& written) {
      if (!written.ok()) return End(written.status());
      StartRead(&message_);
    });
  }

  // The client has sent all, or is gone: then the archive is cut short, and is refused.
  void Complete() {
    if (writer_ == nullptr) return End(absl::DataLossError("archive: expected its bytes, got none"));
    writer_->Finish([this](const absl::StatusOr<SnapshotInfo>& info) {
      if (!info.ok()) return End(info.status());
      absl::StatusOr<grpc::ByteBuffer> bytes = Serialize(ToProto(*info), environment().max_message_bytes);
      if (bytes.ok()) *response_ = std::move(*bytes);
      End(bytes.status());
    });
  }

  grpc::ByteBuffer* const response_;
  std::shared_ptr<SnapshotWriter> writer_;
  grpc::ByteBuffer message_;  // of the read that runs
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportCall(const CallEnvironment& environment,
                                                       const grpc::ByteBuffer& request) {
  auto* const call = new Exporting(environment, "ExportSnapshot");
  call->Start(request);
  return call;
}

grpc::ServerReadReactor<grpc::ByteBuffer>* ImportCall(const CallEnvironment& environment,
                                                      grpc::ByteBuffer* response) {
  auto* const call = new Importing(environment, response);
  call->Start();
  return call;
}

}  // namespace voisin::service
