#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "clients/cli/json_value.h"

// JSON text, one line, UTF-8.
namespace voisin::cli {

// Appends the shortest decimal that reads back as the same float or double; null for what JSON has no number for.
void AppendJsonNumber(std::string& out, float value);
void AppendJsonNumber(std::string& out, double value);
// Appends a quoted string; ill-formed UTF-8 becomes U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);
void AppendJson(std::string& out, const Json& json);
std::string ToText(const Json& json);

// [0.5,0.25,...] of anything that holds floats or integers.
template <typename Numbers>
void AppendJsonNumbers(std::string& out, const Numbers& numbers) {
  out += '[';
  for (const auto& number : numbers) {
    if (out.back() != '[') out += ',';
    if constexpr (std::is_integral_v<std::decay_t<decltype(number)>>) {
      out += std::to_string(number);
    } else {
      AppendJsonNumber(out, number);
    }
  }
  out += ']';
}

// A JSON object, member by member, in the order of the calls.
class JsonLine {
 public:
  JsonLine& Text(std::string_view key, std::string_view value);
  JsonLine& Number(std::string_view key, double value);
  JsonLine& Float(std::string_view key, float value);
  JsonLine& Bool(std::string_view key, bool value);
  JsonLine& Null(std::string_view key);
  // `json` is JSON text already.
  JsonLine& Raw(std::string_view key, std::string_view json);
  std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string& Key(std::string_view key);
  std::string members_;
};

// Elements of JSON text as one array.
class JsonList {
 public:
  void Add(std::string_view json);
  std::string str() const { return "[" + elements_ + "]"; }

 private:
  std::string elements_;
};

}  // namespace voisin::cli
