#pragma once

#include "service/types.h"

namespace voisin::service {

// What a request's mode means in a collection; never unspecified. InvalidArgument at "mode", or at "text", where the
// query or the collection does not allow it.
absl::StatusOr<SearchMode> ResolveMode(const SearchRequest& request, const std::string& collection,
                                       bool has_model);

}  // namespace voisin::service
