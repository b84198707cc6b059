#pragma once

#include <vector>

#include "absl/status/status.h"
#include "storage/filter_expression.h"
#include "storage/posting_key.h"

namespace voisin::storage {

// InvalidArgument when none of the types that values of the restriction's field have can be compared with its
// literal: "filter: expected a number for field "year", got the string "new"". `present`: those types, in no
// order; none and null say nothing.
absl::Status CheckTypes(const Restriction& restriction, const std::vector<PostingType>& present);

}  // namespace voisin::storage
