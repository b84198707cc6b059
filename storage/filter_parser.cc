#include "storage/filter_parser.h"

#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/filter_lexer.h"
#include "storage/timestamp.h"

namespace voisin::storage {
namespace {

constexpr size_t kMaxBytes = 64 << 10;
constexpr int kMaxNesting = 64;

bool IsKeyword(const Token& token, std::string_view keyword) {
  return token.kind == Token::Kind::word && token.text == keyword;
}

bool IsAnyKeyword(const Token& token) {
  return IsKeyword(token, "AND") || IsKeyword(token, "OR") || IsKeyword(token, "NOT");
}

Comparator ComparatorOf(std::string_view text) {
  if (text == "=") return Comparator::equal;
  if (text == "!=") return Comparator::not_equal;
  if (text == "<") return Comparator::less;
  if (text == "<=") return Comparator::less_equal;
  if (text == ">") return Comparator::greater;
  if (text == ">=") return Comparator::greater_equal;
  return Comparator::has;
}

bool IsOrder(Comparator comparator) {
  return comparator == Comparator::less || comparator == Comparator::less_equal ||
         comparator == Comparator::greater || comparator == Comparator::greater_equal;
}

// A lone operand stands for itself.
Expression Combine(Expression::Kind kind, std::vector<Expression> operands) {
  if (operands.size() == 1) return std::move(operands.front());
  return {.kind = kind, .operands = std::move(operands), .restriction = {}};
}

bool BeginsLikeNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  absl::StatusOr<std::optional<Expression>> Filter() {
    RETURN_IF_ERROR(Advance());
    if (token_.kind == Token::Kind::end) return std::nullopt;
    ASSIGN_OR_RETURN(Expression expression, All());
    if (token_.kind != Token::Kind::end) return Expected("AND, OR, a field or the end");
    return expression;
  }

 private:
  absl::Status Expected(std::string_view what) const { return lexer_.Expected(what, token_.position); }

  absl::Status Advance() {
    ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  // expression and sequence: AND, written or not.
  absl::StatusOr<Expression> All() {
    std::vector<Expression> operands;
    while (true) {
      ASSIGN_OR_RETURN(Expression factor, Any());
      operands.push_back(std::move(factor));
      if (token_.kind == Token::Kind::end || token_.kind == Token::Kind::close) break;
      if (IsKeyword(token_, "AND")) RETURN_IF_ERROR(Advance());
    }
    return Combine(Expression::Kind::all_of, std::move(operands));
  }

  // factor
  absl::StatusOr<Expression> Any() {
    std::vector<Expression> operands;
    while (true) {
      ASSIGN_OR_RETURN(Expression term, Term());
      operands.push_back(std::move(term));
      if (!IsKeyword(token_, "OR")) break;
      RETURN_IF_ERROR(Advance());
    }
    return Combine(Expression::Kind::any_of, std::move(operands));
  }

  absl::StatusOr<Expression> Term() {
    if (token_.kind != Token::Kind::minus && !IsKeyword(token_, "NOT")) return Simple();
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(Expression operand, Simple());
    Expression negation{.kind = Expression::Kind::negation, .operands = {}, .restriction = {}};
    negation.operands.push_back(std::move(operand));
    return negation;
  }

  absl::StatusOr<Expression> Simple() {
    if (token_.kind == Token::Kind::open) return Composite();
    Expression expression;
    ASSIGN_OR_RETURN(expression.restriction, Comparison());
    return expression;
  }

  absl::StatusOr<Expression> Composite() {
    if (++nesting_ > kMaxNesting)
      return Expected(absl::StrCat("at most ", kMaxNesting, " levels of parentheses"));
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(Expression inside, All());
    if (token_.kind != Token::Kind::close) return Expected("AND, OR, a field or )");
    --nesting_;
    RETURN_IF_ERROR(Advance());
    return inside;
  }

  absl::StatusOr<Restriction> Comparison() {
    Restriction restriction;
    if (IsAnyKeyword(token_)) return Expected("a field or (");
    ASSIGN_OR_RETURN(restriction.path, Field());
    if (token_.kind != Token::Kind::comparator) return Expected("a comparator (= != < <= > >= :)");
    restriction.comparator = ComparatorOf(token_.text);
    ASSIGN_OR_RETURN(token_, lexer_.NextValue());
    ASSIGN_OR_RETURN(restriction.literal, ValueOf(restriction.comparator));
    RETURN_IF_ERROR(Advance());
    return restriction;
  }

  absl::StatusOr<std::vector<std::string>> Field() {
    std::vector<std::string> path;
    while (true) {
      ASSIGN_OR_RETURN(std::string part, FieldPart());
      path.push_back(std::move(part));
      if (token_.kind != Token::Kind::dot) return path;
      RETURN_IF_ERROR(Advance());
    }
  }

  absl::StatusOr<std::string> FieldPart() {
    if (token_.kind != Token::Kind::word && token_.kind != Token::Kind::quoted) return Expected("a field");
    std::string part =
        std::string(token_.any_before ? "*" : "") + token_.text + (token_.any_after ? "*" : "");
    RETURN_IF_ERROR(Advance());
    return part;
  }

  // The current token as the right side of a comparison.
  absl::StatusOr<Literal> ValueOf(Comparator comparator) {
    Literal literal;
    if (token_.kind == Token::Kind::quoted) {
      literal = StringOf(comparator);
    } else if (token_.kind == Token::Kind::word && !IsAnyKeyword(token_)) {
      ASSIGN_OR_RETURN(literal, BareOf(comparator));
    } else {
      return Expected("a value (quotes around AND, OR, NOT)");
    }
    if (IsOrder(comparator) && std::holds_alternative<std::monostate>(literal.value.data)) {
      return Expected("a value that has an order");
    }
    return literal;
  }

  // Only = and != know patterns.
  Literal StringOf(Comparator comparator) const {
    Literal literal;
    literal.text = token_.text;
    const bool patterns = comparator == Comparator::equal || comparator == Comparator::not_equal;
    literal.any_before = patterns && token_.any_before;
    literal.any_after = patterns && token_.any_after;
    if (!patterns && token_.any_before) literal.text.insert(0, 1, '*');
    if (!patterns && token_.any_after) literal.text.push_back('*');
    literal.value.data = literal.text;
    if (!literal.any_before && !literal.any_after) literal.time_us = ParseTimestamp(literal.text);
    return literal;
  }

  absl::StatusOr<Literal> BareOf(Comparator comparator) const {
    Literal literal = StringOf(comparator);
    if (token_.any_before || token_.any_after) return literal;
    if (literal.text == "*" && comparator == Comparator::has) literal.anything = true;
    if (literal.text == "*" && comparator != Comparator::has) literal = AnyString();
    if (literal.text == "true") literal.value.data = true;
    if (literal.text == "false") literal.value.data = false;
    if (literal.text == "null") literal.value.data = std::monostate();
    RETURN_IF_ERROR(ReadNumber(literal));
    return literal;
  }

  static Literal AnyString() {
    Literal literal;
    literal.value.data = std::string();
    literal.any_before = true;
    return literal;
  }

  // Makes it a number when all of its text is one.
  absl::Status ReadNumber(Literal& literal) const {
    if (!BeginsLikeNumber(literal.text)) return absl::OkStatus();
    double number = 0;
    const char* end = literal.text.data() + literal.text.size();
    const auto [at, error] = std::from_chars(literal.text.data(), end, number);
    if (at != end) return absl::OkStatus();
    if (error != std::errc()) return Expected("a number within the range of a double");
    literal.value.data = number;
    return absl::OkStatus();
  }

  FilterLexer lexer_;
  Token token_;
  int nesting_ = 0;
};

}  // namespace

absl::StatusOr<std::optional<Expression>> ParseFilter(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("filter: expected at most ", kMaxBytes, " bytes, got ", text.size()));
  }
  return Parser(text).Filter();
}

}  // namespace voisin::storage
