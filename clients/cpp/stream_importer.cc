#include "clients/cpp/stream_importer.h"

#include "clients/cpp/status.h"

namespace voisin::client {

StreamImporter::StreamImporter(v1::DocumentService::Stub& stub, AckHandler on_ack, size_t max_in_flight)
    : on_ack_(std::move(on_ack)),
      max_in_flight_(std::max<size_t>(max_in_flight, 1)),
      stream_(stub.StreamUpsert(&context_)),
      reader_([this] { ReadAcks(); }) {}

StreamImporter::~StreamImporter() {
  if (status_) return;
  context_.TryCancel();
  Close().IgnoreError();
}

absl::Status StreamImporter::Add(v1::UpsertDocumentsRequest request) {
  const auto shared = std::make_shared<const v1::UpsertDocumentsRequest>(std::move(request));
  if (!status_ && WaitForPlace(shared) && stream_->Write(*shared)) return absl::OkStatus();
  const absl::Status ended = Close();
  return ended.ok() ? absl::UnavailableError("the server ended the stream") : ended;
}

absl::Status StreamImporter::Finish() {
  if (!status_) stream_->WritesDone();
  return Close();
}

bool StreamImporter::WaitForPlace(const Request& request) {
  MutexLock lock(mutex_);
  while (!ended_ && in_flight_.size() >= max_in_flight_) changed_.wait(mutex_);
  if (!ended_) in_flight_.push_back(request);
  return !ended_;
}

void StreamImporter::ReadAcks() {
  Request request;
  for (v1::UpsertAck ack; stream_->Read(&ack) && TakeOldest(request);) {
    const absl::Status status = StatusFrom(ack.status());
    on_ack_(*request, status.ok() ? absl::StatusOr<uint64_t>(ack.lsn()) : status);
  }
  {
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  while (TakeOldest(request)) on_ack_(*request, absl::UnavailableError("the stream ended without an answer"));
}

bool StreamImporter::TakeOldest(Request& request) {
  MutexLock lock(mutex_);
  if (in_flight_.empty()) return false;
  request = std::move(in_flight_.front());
  in_flight_.pop_front();
  changed_.notify_all();
  return true;
}

absl::Status StreamImporter::Close() {
  if (status_) return *status_;
  reader_.join();
  const grpc::Status ended = stream_->Finish();
  status_ = StatusFrom(ended.error_code(), ended.error_message(), ended.error_details());
  return *status_;
}

}  // namespace voisin::client
