#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "voisin/v1/admin.grpc.pb.h"

namespace voisin::client {

// Takes the next bytes of an archive, or says why it cannot.
using ArchiveSink = std::function<absl::Status(const std::string& bytes)>;
// Gives the next bytes of an archive; empty at the end.
using ArchiveSource = std::function<absl::StatusOr<std::string>()>;

// See Client. Each blocks until the call has ended.
absl::Status ReceiveArchive(v1::AdminService::Stub& stub, absl::Time deadline, const std::string& name,
                            const ArchiveSink& sink);
absl::StatusOr<v1::Snapshot> SendArchive(v1::AdminService::Stub& stub, absl::Time deadline,
                                         const std::string& snapshot_id, const ArchiveSource& source);

}  // namespace voisin::client
