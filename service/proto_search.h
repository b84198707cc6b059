#pragma once

#include "service/types.h"
#include "voisin/v1/search.pb.h"

// SearchService: requests of the wire to the engine's, and answers back.
namespace voisin::service {

absl::StatusOr<SearchRequest> RequestFrom(v1::SearchRequest&& request);
v1::SearchResponse ToProto(SearchResult&& result);

}  // namespace voisin::service
