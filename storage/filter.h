#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/value.h"

namespace voisin::storage {

// A condition on metadata in the language of AIP-160 (google.aip.dev/160):
//   section = "net" AND (year >= 2020 OR tags:"c++") AND NOT archived = true
// Fields are dotted paths. = != < <= > >= compare strings (by bytes), numbers, booleans; a string that is an RFC 3339
// timestamp compares as a time with a literal that is one. `:` means that a list has the value, an object has the key, or
// a string contains it as a word; `field:*` that the field is there. `*` at the end or start of a quoted string under =
// matches any characters. AND binds looser than OR, as AIP-160 says; `-x` is NOT x; juxtaposition is AND. A comparison
// with an absent field or one of another type is false (and so is !=); NOT turns it true.
// Immutable; Matches may be called from many threads.
class Filter {
 public:
  // Matches everything.
  Filter();
  ~Filter();
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;

  // Blank text matches everything. InvalidArgument: "filter: expected ... at byte 17, got ...". Length is limited to 64 KiB
  // and nesting to 64.
  static absl::StatusOr<Filter> Parse(std::string_view text);

  bool matches_everything() const { return root_ == nullptr; }
  bool Matches(const Object& metadata) const;

 private:
  struct Node;
  explicit Filter(std::unique_ptr<const Node> root);
  std::unique_ptr<const Node> root_;
};

}  // namespace voisin::storage
