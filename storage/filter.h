#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/value.h"

namespace voisin::storage {

struct Expression;  // filter_expression.h

// A condition on metadata in the language of AIP-160 (google.aip.dev/160):
//   section = "net" AND (year >= 2020 OR tags:"c++") AND NOT archived = true
// Fields are dotted paths. = != < <= > >= compare strings (by bytes), numbers, booleans; a string that is an
// RFC 3339 timestamp compares as a time with a literal that is one. `:` means that a list has the value, an
// object has the key, or a string contains it as a word; `field:*` that the field is there. `*` at the end or
// start of a quoted string under = matches any characters. AND binds looser than OR, as AIP-160 says; `-x` is
// NOT x; juxtaposition is AND. A comparison with an absent field or one of another type is false (and so is
// !=); NOT turns it true. The store refuses a comparison with a type of which no live document has a value in the
// field while some have values of other types (DocumentStore::Match).
//
// The literal has the type, and nothing is converted: a bare word that reads as a number (2020, -1.5, 1e3; it
// begins with a digit or with - and a digit) is a number, true, false and null are what they say, everything
// else is a string, and so is everything in quotes. So `zip = 90210` finds the number and not the string,
// `zip = "90210"` the string and not the number. false < true. `= null` and `!= null` ask whether a field
// that is there is null. A literal that is a timestamp, quoted or not, compares with timestamps only; other
// strings are of another type. Under `:` a list is searched for an equal element of the literal's type, an
// object for a key and a string for a word, both as the literal is spelled; numbers and booleans compare as
// under =. A word begins and ends where no letter, digit, _ or non-ASCII byte goes on; case counts. Quotes
// are " or ', escapes inside them \" \' \\ \* \n \r \t. Parts of a path may be quoted: "a.b".c = 1. AND, OR
// and NOT are upper case. A value with any of ( ) " ' = < > ! : , or a space needs quotes. Positions in
// errors count from 0. Immutable; Matches may be called from many threads.
class Filter {
 public:
  // Matches everything.
  Filter();
  ~Filter();
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;

  // Blank text matches everything. InvalidArgument: "filter: expected ... at byte 17, got ...". Length is
  // limited to 64 KiB and nesting to 64.
  static absl::StatusOr<Filter> Parse(std::string_view text);

  bool matches_everything() const { return root_ == nullptr; }
  // Not of one that matches everything.
  const Expression& expression() const;
  bool Matches(const Object& metadata) const;
  // The outermost fields that Matches looks at, ascending: an object of only these gives the same answer.
  const std::vector<std::string>& fields() const { return fields_; }

 private:
  struct Node;
  explicit Filter(std::unique_ptr<const Node> root);
  std::unique_ptr<const Node> root_;
  std::vector<std::string> fields_;
};

}  // namespace voisin::storage
