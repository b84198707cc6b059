#include "storage/field_path.h"

#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "storage/filter_lexer.h"

namespace voisin::storage {
namespace {

absl::StatusOr<FieldPath> Parse(std::string_view text) {
  FilterLexer lexer(text);
  FieldPath path;
  while (true) {
    ASSIGN_OR_RETURN(Token name, lexer.Next());
    const bool is_name = name.kind == Token::Kind::word || name.kind == Token::Kind::quoted;
    if (!is_name || name.any_before || name.any_after) return lexer.Expected("a field", name.position);
    path.push_back(std::move(name.text));
    ASSIGN_OR_RETURN(const Token next, lexer.Next());
    if (next.kind == Token::Kind::end) return path;
    if (next.kind != Token::Kind::dot) return lexer.Expected("a dot or the end", next.position);
  }
}

}  // namespace

absl::StatusOr<FieldPath> ParseFieldPath(std::string_view text) {
  absl::StatusOr<FieldPath> path = Parse(text);
  if (path.ok()) return path;
  return absl::InvalidArgumentError(absl::StripPrefix(path.status().message(), "filter: "));
}

const Value* Find(const Object& metadata, const FieldPath& path) {
  const Object* object = &metadata;
  const Value* value = nullptr;
  for (const std::string& name : path) {
    if (object == nullptr) return nullptr;
    const auto found = object->find(name);
    if (found == object->end()) return nullptr;
    value = &found->second;
    object = std::get_if<Object>(&value->data);
  }
  return value;
}

}  // namespace voisin::storage
