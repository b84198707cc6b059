#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::service {

enum class ConfigValueKind { text, integer, number, other };

// "limits.top_k" = 10, as the file has it.
struct ConfigEntry {
  std::string key;  // dotted
  ConfigValueKind kind = ConfigValueKind::other;
  std::string text;  // of a text: unquoted
};

// The leaves of a TOML file. NotFound, or InvalidArgument with line and column of a syntax error.
absl::StatusOr<std::vector<ConfigEntry>> ReadConfigFile(const std::filesystem::path& file);

std::string_view KindName(ConfigValueKind kind);
std::string QuoteToml(std::string_view text);
std::string PrintNumber(double number);
std::string PrintNumber(int number);
std::string PrintNumber(uint32_t number);
std::string PrintNumber(size_t number);

}  // namespace voisin::service
