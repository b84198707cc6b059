#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/document.h"

namespace voisin::service {

// Where a listing goes on, as an opaque string that only fits the query it came from.
std::string MakePageToken(storage::CollectionNumber collection, std::string_view filter,
                          std::string_view after);
// The `after` of a token; InvalidArgument at field "page_token" for anything MakePageToken did not make of
// the same collection and filter.
absl::StatusOr<std::string> ReadPageToken(std::string_view token, storage::CollectionNumber collection,
                                          std::string_view filter);

}  // namespace voisin::service
