#include "storage/filter_leaf.h"

#include <limits>

namespace voisin::storage {
namespace {

using Ranges = std::vector<LeafRange>;

PostingType TypeOf(const Literal& literal) {
  if (literal.time_us) return PostingType::time;
  if (std::holds_alternative<std::monostate>(literal.value.data)) return PostingType::null;
  if (std::holds_alternative<bool>(literal.value.data)) return PostingType::boolean;
  if (std::holds_alternative<double>(literal.value.data)) return PostingType::number;
  return PostingType::string;
}

std::string TermOf(std::string prefix, const Literal& literal) {
  if (literal.time_us) return TimeTerm(std::move(prefix), *literal.time_us);
  if (const auto* boolean = std::get_if<bool>(&literal.value.data))
    return BooleanTerm(std::move(prefix), *boolean);
  if (const auto* number = std::get_if<double>(&literal.value.data))
    return NumberTerm(std::move(prefix), *number);
  if (std::holds_alternative<std::monostate>(literal.value.data)) return prefix;
  return StringTerm(std::move(prefix), literal.text);
}

// The terms of values equal to the literal. Of strings that are cut: all that may be equal, so they are verified.
LeafRange EqualTo(const std::string& prefix, const Literal& literal) {
  const bool cut = TypeOf(literal) == PostingType::string && literal.text.size() > kMaxStringBytes;
  if (!cut) return {.terms = Beginning(TermOf(prefix, literal))};
  std::string start = StringStart(prefix, literal.text);
  start.append({'\0', '\1'});
  return {.terms = Beginning(std::move(start)), .effect = LeafEffect::verify};
}

LeafRange AnyOf(const std::string& path, PostingType type) {
  return {.terms = Beginning(AnyTerm(path, type))};
}

// Whether the field is there.
LeafRange Presence(const std::string& path) {
  return {.terms = {AnyTerm(path, PostingType::null), Beginning(AnyTerm(path, PostingType::object)).to}};
}

LeafRange Excluding(LeafRange range) {
  if (range.effect == LeafEffect::includes) range.effect = LeafEffect::excludes;
  return range;
}

Ranges CompareNull(const std::string& path, Comparator comparator) {
  LeafRange null = AnyOf(path, PostingType::null);
  if (comparator == Comparator::equal) return {std::move(null)};
  return {Presence(path), Excluding(std::move(null))};
}

Ranges ComparePattern(const std::string& path, const Restriction& restriction) {
  const Literal& literal = restriction.literal;
  const bool all = literal.any_before && literal.text.empty();
  if (all && restriction.comparator == Comparator::equal) return {AnyOf(path, PostingType::string)};
  if (all) return {};
  const std::string prefix = ValuePrefix(path, PostingPlace::field, PostingType::string);
  LeafRange matching{.terms = Beginning(prefix), .string_at = prefix.size()};
  if (literal.any_before || literal.text.size() > kMaxStringBytes) return {std::move(matching)};
  matching = {.terms = Beginning(StringStart(prefix, literal.text))};
  if (restriction.comparator == Comparator::equal) return {std::move(matching)};
  return {AnyOf(path, PostingType::string), Excluding(std::move(matching))};
}

// Where values of a type end; what is no number lies beyond all numbers.
std::string EndOf(const std::string& prefix, PostingType type) {
  if (type == PostingType::number) return NumberTerm(prefix, std::numeric_limits<double>::quiet_NaN());
  return Beginning(prefix).to;
}

Ranges CompareOrder(const std::string& prefix, const Restriction& restriction) {
  LeafRange equal = EqualTo(prefix, restriction.literal);
  const bool less =
      restriction.comparator == Comparator::less || restriction.comparator == Comparator::less_equal;
  const bool strict =
      restriction.comparator == Comparator::less || restriction.comparator == Comparator::greater;
  const std::string end = EndOf(prefix, TypeOf(restriction.literal));
  Ranges ranges = {{.terms = less ? TermRange{prefix, equal.terms.from} : TermRange{equal.terms.to, end}}};
  if (!strict || equal.effect == LeafEffect::verify) ranges.push_back(std::move(equal));
  return ranges;
}

Ranges Compare(const std::string& path, const Restriction& restriction) {
  const Literal& literal = restriction.literal;
  const PostingType type = TypeOf(literal);
  if (type == PostingType::null) return CompareNull(path, restriction.comparator);
  if (literal.any_before || literal.any_after) return ComparePattern(path, restriction);
  const std::string prefix = ValuePrefix(path, PostingPlace::field, type);
  if (restriction.comparator == Comparator::equal) return {EqualTo(prefix, literal)};
  if (restriction.comparator == Comparator::not_equal) {
    return {AnyOf(path, type), Excluding(EqualTo(prefix, literal))};
  }
  return CompareOrder(prefix, restriction);
}

// The value itself, a key of an object.
LeafRange HasKey(const std::string& path, const Literal& literal) {
  std::string inner = path;
  AppendName(literal.text, inner);
  if (inner.size() <= kMaxPathBytes) return Presence(inner);
  LeafRange objects = AnyOf(path, PostingType::object);
  objects.effect = LeafEffect::verify;
  return objects;
}

Ranges Has(const std::string& path, const Restriction& restriction) {
  const Literal& literal = restriction.literal;
  if (literal.anything) return {Presence(path)};
  const PostingType type = TypeOf(literal);
  const std::string strings = ValuePrefix(path, PostingPlace::field, PostingType::string);
  Ranges ranges = {EqualTo(ValuePrefix(path, PostingPlace::element, type), literal),
                   HasKey(path, literal),
                   {.terms = Beginning(strings), .string_at = strings.size()}};
  if (type == PostingType::null) ranges.push_back(AnyOf(path, type));
  if (type == PostingType::boolean || type == PostingType::number) {
    ranges.push_back(EqualTo(ValuePrefix(path, PostingPlace::field, type), literal));
  }
  return ranges;
}

}  // namespace

std::vector<LeafRange> PlanLeaf(const Restriction& restriction) {
  const std::optional<std::string> path = PathTerm(restriction.path);
  if (!path) return {{.terms = Beginning(LiveTerm()), .effect = LeafEffect::verify}};
  if (restriction.comparator == Comparator::has) return Has(*path, restriction);
  return Compare(*path, restriction);
}

LeafEffect EffectOf(const LeafRange& range, std::string_view term, const Restriction& restriction) {
  if (range.string_at == 0) return range.effect;
  const auto string = DecodeTermString(term.substr(range.string_at));
  if (!string || !string->whole) return LeafEffect::verify;
  return Evaluate(restriction, Value{string->text}) ? range.effect : LeafEffect::nothing;
}

}  // namespace voisin::storage
