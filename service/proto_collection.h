#pragma once

#include <functional>

#include "google/protobuf/field_mask.pb.h"
#include "service/types.h"
#include "voisin/v1/collection.pb.h"

// CollectionService: requests of the wire to the engine's, and answers back.
namespace voisin::service {

absl::StatusOr<CollectionSpec> SpecFrom(v1::CreateCollectionRequest&& request);
v1::Collection ToProto(const CollectionInfo& info);

// How an update changes what is there. InvalidArgument names a path that cannot change.
using ParamsChange = std::function<CollectionParams(CollectionParams now)>;
absl::StatusOr<ParamsChange> ChangeFrom(const v1::UpdateCollectionRequest& request);

// One page of `collections`, which ascend by id. InvalidArgument for a page_size over 1000 or a token that no
// page gave.
absl::StatusOr<v1::ListCollectionsResponse> PageOf(const std::vector<CollectionInfo>& collections,
                                                   const v1::ListCollectionsRequest& request);

}  // namespace voisin::service
