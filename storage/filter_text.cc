// ToText: restrictions as they could have been written.
#include "storage/filter_leaf.h"

namespace voisin::storage {
namespace {

constexpr std::string_view kSpelled[] = {" = ", " != ", " < ", " <= ", " > ", " >= ", ":"};

std::string Quoted(std::string_view text) {
  constexpr std::string_view kMeanings = "\"\\*\n\r\t";
  constexpr std::string_view kLetters = "\"\\*nrt";
  std::string quoted;
  for (const char c : text) {
    const size_t which = kMeanings.find(c);
    if (which != std::string_view::npos) quoted.push_back('\\');
    quoted.push_back(which == std::string_view::npos ? c : kLetters[which]);
  }
  return quoted;
}

bool IsPlainName(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (const char c : name) {
    if (!is_plain(c)) return false;
  }
  return !name.empty() && name != "AND" && name != "OR" && name != "NOT";
}

std::string TextOf(const Literal& literal) {
  if (literal.anything) return "*";
  if (!std::holds_alternative<std::string>(literal.value.data)) return literal.text;
  return '"' + std::string(literal.any_before ? "*" : "") + Quoted(literal.text) +
         (literal.any_after ? "*\"" : "\"");
}

}  // namespace

std::string ToText(const Restriction& restriction) {
  std::string text;
  for (const std::string& name : restriction.path) {
    if (!text.empty()) text.push_back('.');
    text += IsPlainName(name) ? name : '"' + Quoted(name) + '"';
  }
  text += kSpelled[static_cast<size_t>(restriction.comparator)];
  return text + TextOf(restriction.literal);
}

}  // namespace voisin::storage
