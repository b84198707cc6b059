#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/filter_expression.h"

namespace voisin::storage {

//   filter      = [ expression ]
//   expression  = sequence *( "AND" sequence )
//   sequence    = 1*factor
//   factor      = term *( "OR" term )
//   term        = [ "NOT" / "-" ] simple
//   simple      = restriction / "(" expression ")"
//   restriction = field comparator value
//   field       = part *( "." part )
//   part        = word / quoted
//   comparator  = "=" / "!=" / "<" / "<=" / ">" / ">=" / ":"
//   value       = word / quoted
// The rules of AIP-160 without functions and without bare terms (it has no text to search them in). Nothing
// for blank text; InvalidArgument as Filter::Parse says.
absl::StatusOr<std::optional<Expression>> ParseFilter(std::string_view text);

}  // namespace voisin::storage
