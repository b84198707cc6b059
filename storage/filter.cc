#include "storage/filter.h"

#include <algorithm>

#include "base/status_macros.h"
#include "storage/filter_parser.h"

namespace voisin::storage {
namespace {

void CollectFields(const Expression& expression, std::vector<std::string>& fields) {
  if (expression.kind == Expression::Kind::restriction) fields.push_back(expression.restriction.path.front());
  for (const Expression& operand : expression.operands) CollectFields(operand, fields);
}

}  // namespace

struct Filter::Node {
  Expression expression;
};

Filter::Filter() = default;
Filter::~Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;

Filter::Filter(std::unique_ptr<const Node> root) : root_(std::move(root)) {
  CollectFields(root_->expression, fields_);
  std::ranges::sort(fields_);
  fields_.erase(std::unique(fields_.begin(), fields_.end()), fields_.end());
}

absl::StatusOr<Filter> Filter::Parse(std::string_view text) {
  ASSIGN_OR_RETURN(std::optional<Expression> expression, ParseFilter(text));
  if (!expression) return Filter();
  return Filter(std::make_unique<const Node>(Node{*std::move(expression)}));
}

const Expression& Filter::expression() const { return root_->expression; }

bool Filter::Matches(const Object& metadata) const {
  return matches_everything() || Evaluate(root_->expression, metadata);
}

}  // namespace voisin::storage
