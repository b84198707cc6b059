#pragma once

#include <grpcpp/client_context.h>

#include <deque>
#include <memory>
#include <optional>
#include <thread>

#include "base/mutex.h"
#include "clients/cpp/importer.h"
#include "voisin/v1/document.grpc.pb.h"

namespace voisin::client {

// The caller's thread writes, one thread of its own reads the acks.
class StreamImporter final : public Importer {
 public:
  // `stub` outlives the importer.
  StreamImporter(v1::DocumentService::Stub& stub, AckHandler on_ack, size_t max_in_flight);
  ~StreamImporter() override;

  absl::Status Add(v1::UpsertDocumentsRequest request) override;
  absl::Status Finish() override;

 private:
  // Shared by the write that sends it and the ack that answers it.
  using Request = std::shared_ptr<const v1::UpsertDocumentsRequest>;

  bool WaitForPlace(const Request& request);
  void ReadAcks();
  bool TakeOldest(Request& request);
  absl::Status Close();

  const AckHandler on_ack_;
  const size_t max_in_flight_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::UpsertDocumentsRequest, v1::UpsertAck>> stream_;

  Mutex mutex_;
  CondVar changed_;
  std::deque<Request> in_flight_ ABSL_GUARDED_BY(mutex_);  // oldest first
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;             // no further ack will come

  std::thread reader_;                  // joined by Close, on the caller's thread
  std::optional<absl::Status> status_;  // how the stream ended; of the caller's thread
};

}  // namespace voisin::client
