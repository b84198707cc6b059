#include "service/config_file.h"

#include <toml++/toml.h>

#include <sstream>

#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::service {
namespace {

std::string Print(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

ConfigEntry EntryOf(std::string key, const toml::node& node) {
  if (const auto* text = node.as_string()) return {std::move(key), ConfigValueKind::text, text->get()};
  if (const auto* integer = node.as_integer()) {
    return {std::move(key), ConfigValueKind::integer, std::to_string(integer->get())};
  }
  if (const auto* number = node.as_floating_point()) {
    return {std::move(key), ConfigValueKind::number, PrintNumber(number->get())};
  }
  return {std::move(key), ConfigValueKind::other, Print(node)};
}

void AppendLeaves(const toml::table& table, const std::string& prefix, std::vector<ConfigEntry>& entries) {
  for (const auto& [name, node] : table) {
    std::string key = prefix + std::string(name.str());
    if (const toml::table* inner = node.as_table()) {
      AppendLeaves(*inner, key + ".", entries);
    } else {
      entries.push_back(EntryOf(std::move(key), node));
    }
  }
}

absl::Status SyntaxError(const std::filesystem::path& file, const toml::parse_error& error) {
  const toml::source_position& at = error.source().begin;
  return absl::InvalidArgumentError(file.string() + ":" + std::to_string(at.line) + ":" +
                                    std::to_string(at.column) + ": " + std::string(error.description()));
}

template <typename T>
std::string PrintStream(T number) {
  std::ostringstream out;
  out.precision(15);
  out << number;
  return out.str();
}

}  // namespace

absl::StatusOr<std::vector<ConfigEntry>> ReadConfigFile(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  std::vector<ConfigEntry> entries;
  try {
    AppendLeaves(toml::parse(text), "", entries);
  } catch (const toml::parse_error& error) {
    return SyntaxError(file, error);
  }
  return entries;
}

std::string_view KindName(ConfigValueKind kind) {
  switch (kind) {
    case ConfigValueKind::text:
      return "a text in quotes";
    case ConfigValueKind::integer:
      return "an integer";
    case ConfigValueKind::number:
      return "a number";
    case ConfigValueKind::other:
      return "another value";
  }
  return "";
}

std::string QuoteToml(std::string_view text) { return Print(toml::value<std::string>(std::string(text))); }

std::string PrintNumber(double number) { return PrintStream(number); }
std::string PrintNumber(int number) { return PrintStream(number); }
std::string PrintNumber(uint32_t number) { return PrintStream(number); }
std::string PrintNumber(size_t number) { return PrintStream(number); }

}  // namespace voisin::service
