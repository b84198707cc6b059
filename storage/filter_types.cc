#include "storage/filter_types.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace voisin::storage {
namespace {

PostingType TypeOf(const Literal& literal) {
  if (std::holds_alternative<bool>(literal.value.data)) return PostingType::boolean;
  if (std::holds_alternative<double>(literal.value.data)) return PostingType::number;
  return literal.time_us ? PostingType::time : PostingType::string;
}

// What to compare values of this type with.
std::string_view Expected(PostingType type) {
  switch (type) {
    case PostingType::null:
      return "null";
    case PostingType::boolean:
      return "true or false";
    case PostingType::number:
      return "a number";
    case PostingType::string:
      return "a string";
    case PostingType::time:
      return "a timestamp";
    case PostingType::list:
      return "an element after :";
    case PostingType::object:
      return "a key after :";
  }
  return {};
}

std::string_view Name(PostingType type) {
  if (type == PostingType::boolean) return "the boolean";
  if (type == PostingType::number) return "the number";
  return type == PostingType::time ? "the timestamp" : "the string";
}

bool Fits(const Restriction& restriction, PostingType present) {
  const bool searched = present == PostingType::list || present == PostingType::object ||
                        present == PostingType::string || present == PostingType::time;
  if (restriction.comparator == Comparator::has && searched) return true;
  return present == TypeOf(restriction.literal);
}

}  // namespace

absl::Status CheckTypes(const Restriction& restriction, const std::vector<PostingType>& present) {
  const Literal& literal = restriction.literal;
  if (literal.anything || std::holds_alternative<std::monostate>(literal.value.data)) return absl::OkStatus();
  std::vector<std::string> expected;
  for (const PostingType type : present) {
    if (Fits(restriction, type)) return absl::OkStatus();
    if (type != PostingType::null) expected.emplace_back(Expected(type));
  }
  if (expected.empty()) return absl::OkStatus();
  const std::string field = absl::StrJoin(restriction.path, ".");
  return absl::InvalidArgumentError(absl::StrCat(
      "filter: expected ", absl::StrJoin(expected, " or "), " for field \"", absl::Utf8SafeCHexEscape(field),
      "\", got ", std::string(Name(TypeOf(literal))), " \"", absl::Utf8SafeCHexEscape(literal.text), "\""));
}

}  // namespace voisin::storage
