#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "voisin/v1/document.pb.h"

namespace voisin::client {

// One request of an import was answered: `request` as it was added, `lsn` or why it was refused.
using AckHandler =
    std::function<void(const v1::UpsertDocumentsRequest& request, absl::StatusOr<uint64_t> lsn)>;

// Many upserts over one stream, a bounded number of them unanswered at a time. One thread at a time.
// Leaving it unfinished cancels the stream: what was not acknowledged may or may not be stored.
class Importer {
 public:
  virtual ~Importer() = default;
  // Sends a request; waits while `max_in_flight` are unanswered. An error means that the stream broke: no
  // later request is taken, and the handler hears Unavailable for each request without an answer.
  virtual absl::Status Add(v1::UpsertDocumentsRequest request) = 0;
  // Waits for every answer, ends the stream. A request that the server refused is no error here: its handler
  // was told.
  virtual absl::Status Finish() = 0;
};

}  // namespace voisin::client
