#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/value.h"

namespace voisin::storage {

enum class Comparator { equal, not_equal, less, less_equal, greater, greater_equal, has };

// The right side of a comparison.
struct Literal {
  std::string text;                // without quotes and escapes
  Value value;                     // null, boolean, number, or else `text`
  std::optional<int64_t> time_us;  // when it is a string and an RFC 3339 timestamp
  bool anything = false;           // a bare *
  bool any_before = false;         // the text began with an unescaped *, which is not in `text`
  bool any_after = false;          // likewise at its end
};

struct Restriction {
  std::vector<std::string> path;
  Comparator comparator = Comparator::equal;
  Literal literal;
};

// A parsed filter.
struct Expression {
  enum class Kind { all_of, any_of, negation, restriction };
  Kind kind = Kind::restriction;
  std::vector<Expression> operands;  // one for a negation, none for a restriction
  Restriction restriction;
};

bool Evaluate(const Expression& expression, const Object& metadata);
bool Evaluate(const Restriction& restriction, const Object& metadata);
// Of the value that the path leads to.
bool Evaluate(const Restriction& restriction, const Value& value);

}  // namespace voisin::storage
