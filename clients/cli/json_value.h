#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::cli {

struct Json;
using JsonArray = std::vector<Json>;
using JsonObject = std::vector<std::pair<std::string, Json>>;  // in the order of the text

// A JSON value (RFC 8259); numbers are doubles, as on the wire.
struct Json {
  std::variant<std::nullptr_t, bool, double, std::string, JsonArray, JsonObject> value = nullptr;

  const bool* boolean() const { return std::get_if<bool>(&value); }
  const double* number() const { return std::get_if<double>(&value); }
  const std::string* string() const { return std::get_if<std::string>(&value); }
  const JsonArray* array() const { return std::get_if<JsonArray>(&value); }
  const JsonObject* object() const { return std::get_if<JsonObject>(&value); }
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }

  // The member `key`, the last one when repeated; null when this is no object or has none.
  const Json* Find(std::string_view key) const;
};

// InvalidArgument says where and why: ill-formed UTF-8, syntax, deeper than 64 levels, numbers beyond a double.
absl::StatusOr<Json> ParseJson(std::string_view text);

// "a string", "a number", ... for messages.
std::string_view KindOf(const Json& json);

}  // namespace voisin::cli
