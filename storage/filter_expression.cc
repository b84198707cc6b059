#include "storage/filter_expression.h"

#include <algorithm>
#include <compare>

#include "storage/field_path.h"
#include "storage/timestamp.h"

namespace voisin::storage {
namespace {

bool Holds(Comparator comparator, std::partial_ordering order) {
  switch (comparator) {
    case Comparator::equal:
      return std::is_eq(order);
    case Comparator::not_equal:
      return std::is_neq(order);
    case Comparator::less:
      return std::is_lt(order);
    case Comparator::less_equal:
      return std::is_lteq(order);
    case Comparator::greater:
      return std::is_gt(order);
    case Comparator::greater_equal:
      return std::is_gteq(order);
    case Comparator::has:
      return std::is_eq(order);
  }
  return false;
}

bool HasWildcard(const Literal& literal) { return literal.any_before || literal.any_after; }

bool MatchesPattern(std::string_view text, const Literal& literal) {
  if (literal.any_before && literal.any_after) return text.find(literal.text) != std::string_view::npos;
  return literal.any_before ? text.ends_with(literal.text) : text.starts_with(literal.text);
}

bool CompareString(const std::string& text, Comparator comparator, const Literal& literal) {
  if (!std::holds_alternative<std::string>(literal.value.data)) return false;
  if (HasWildcard(literal)) return MatchesPattern(text, literal) == (comparator == Comparator::equal);
  if (!literal.time_us) return Holds(comparator, text <=> literal.text);
  const std::optional<int64_t> time_us = ParseTimestamp(text);
  return time_us && Holds(comparator, *time_us <=> *literal.time_us);
}

// = != < <= > >= : only values of the literal's type compare; null is other than everything.
bool Compare(const Value& value, Comparator comparator, const Literal& literal) {
  if (std::holds_alternative<std::monostate>(literal.value.data)) {
    const bool is_null = std::holds_alternative<std::monostate>(value.data);
    return is_null == (comparator == Comparator::equal);
  }
  if (const auto* text = std::get_if<std::string>(&value.data))
    return CompareString(*text, comparator, literal);
  const auto* number = std::get_if<double>(&value.data);
  const auto* other_number = std::get_if<double>(&literal.value.data);
  if (number != nullptr && other_number != nullptr) return Holds(comparator, *number <=> *other_number);
  const auto* boolean = std::get_if<bool>(&value.data);
  const auto* other_boolean = std::get_if<bool>(&literal.value.data);
  return boolean != nullptr && other_boolean != nullptr && Holds(comparator, *boolean <=> *other_boolean);
}

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool HasWord(std::string_view text, std::string_view word) {
  if (word.empty()) return text.empty();
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !IsWordByte(text[at - 1]);
    const bool ends = end == text.size() || !IsWordByte(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

bool Has(const Value& value, const Literal& literal) {
  if (literal.anything) return true;
  if (const auto* list = std::get_if<List>(&value.data)) {
    return std::ranges::any_of(*list,
                               [&](const Value& item) { return Compare(item, Comparator::equal, literal); });
  }
  if (const auto* object = std::get_if<Object>(&value.data)) return object->contains(literal.text);
  if (const auto* text = std::get_if<std::string>(&value.data)) return HasWord(*text, literal.text);
  return Compare(value, Comparator::equal, literal);
}

}  // namespace

bool Evaluate(const Restriction& restriction, const Value& value) {
  if (restriction.comparator == Comparator::has) return Has(value, restriction.literal);
  return Compare(value, restriction.comparator, restriction.literal);
}

bool Evaluate(const Restriction& restriction, const Object& metadata) {
  const Value* value = Find(metadata, restriction.path);
  return value != nullptr && Evaluate(restriction, *value);
}

bool Evaluate(const Expression& expression, const Object& metadata) {
  const auto holds = [&](const Expression& operand) { return Evaluate(operand, metadata); };
  switch (expression.kind) {
    case Expression::Kind::all_of:
      return std::ranges::all_of(expression.operands, holds);
    case Expression::Kind::any_of:
      return std::ranges::any_of(expression.operands, holds);
    case Expression::Kind::negation:
      return !holds(expression.operands.front());
    case Expression::Kind::restriction:
      return Evaluate(expression.restriction, metadata);
  }
  return false;
}

}  // namespace voisin::storage
