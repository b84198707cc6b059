#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/value.h"

namespace voisin::storage {

// The names that lead to a value inside metadata, outermost first; never empty.
using FieldPath = std::vector<std::string>;

// As a filter writes it: section, a.b, "a.b".c. InvalidArgument for anything else.
absl::StatusOr<FieldPath> ParseFieldPath(std::string_view text);

// Null when a part of the path is absent or leads through something that is not an object.
const Value* Find(const Object& metadata, const FieldPath& path);

}  // namespace voisin::storage
