#include "clients/cpp/archive_stream.h"

#include "clients/cpp/status.h"

namespace voisin::client {
namespace {

absl::Status Ended(const grpc::Status& status) {
  return StatusFrom(status.error_code(), status.error_message(), status.error_details());
}

}  // namespace

absl::Status ReceiveArchive(v1::AdminService::Stub& stub, absl::Time deadline, const std::string& name,
                            const ArchiveSink& sink) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  v1::ExportSnapshotRequest request;
  request.set_name(name);
  const auto stream = stub.ExportSnapshot(&context, request);
  absl::Status taken;
  for (v1::ExportSnapshotResponse response; taken.ok() && stream->Read(&response);)
    taken = sink(response.data());
  if (!taken.ok()) context.TryCancel();
  const absl::Status ended = Ended(stream->Finish());
  return taken.ok() ? ended : taken;
}

absl::StatusOr<v1::Snapshot> SendArchive(v1::AdminService::Stub& stub, absl::Time deadline,
                                         const std::string& snapshot_id, const ArchiveSource& source) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  v1::Snapshot snapshot;
  const auto stream = stub.ImportSnapshot(&context, &snapshot);
  v1::ImportSnapshotRequest request;
  request.set_snapshot_id(snapshot_id);
  absl::StatusOr<std::string> piece = source();
  while (piece.ok() && !piece->empty()) {
    request.set_data(std::move(*piece));
    if (!stream->Write(request)) break;  // the server has ended the call: Finish says why
    request.clear_snapshot_id();
    piece = source();
  }
  if (!piece.ok()) context.TryCancel();
  stream->WritesDone();
  const absl::Status ended = Ended(stream->Finish());
  if (!piece.ok()) return piece.status();
  if (!ended.ok()) return ended;
  return snapshot;
}

}  // namespace voisin::client
