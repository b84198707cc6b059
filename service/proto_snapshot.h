#pragma once

#include "service/types.h"
#include "voisin/v1/admin.pb.h"

// AdminService: requests of the wire to the engine's, and answers back.
namespace voisin::service {

// The id in "snapshots/{id}" or in a bare id. InvalidArgument when there is none.
absl::StatusOr<std::string> SnapshotIdOf(std::string_view field, const std::string& name);

v1::Snapshot ToProto(const SnapshotInfo& info);

// One page of `snapshots`, which ascend by id. InvalidArgument for a page_size over 1000 or a token that no
// page gave.
absl::StatusOr<v1::ListSnapshotsResponse> PageOf(const std::vector<SnapshotInfo>& snapshots,
                                                 const v1::ListSnapshotsRequest& request);

}  // namespace voisin::service
