#include "clients/cli/json_output.h"

#include <array>
#include <charconv>
#include <cmath>

#include "absl/strings/str_format.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

template <typename Number>
void AppendShortest(std::string& out, Number value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // A whole number has no exponent as long as every digit of it is exact.
  const bool whole = value == std::trunc(value) && std::abs(value) < Number{1e15f};
  std::array<char, 64> buffer;
  char* const end = buffer.data() + buffer.size();
  const auto result = whole ? std::to_chars(buffer.data(), end, value, std::chars_format::fixed)
                            : std::to_chars(buffer.data(), end, value);
  out.append(buffer.data(), result.ptr);
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    out += absl::StrFormat("\\u%04x", static_cast<unsigned>(c));
  } else {
    out += c;
  }
}

struct Appender {
  std::string& out;

  void operator()(std::nullptr_t) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(double value) const { AppendJsonNumber(out, value); }
  void operator()(const std::string& value) const { AppendJsonString(out, value); }
  void operator()(const JsonArray& elements) const {
    out += '[';
    for (size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) out += ',';
      AppendJson(out, elements[i]);
    }
    out += ']';
  }
  void operator()(const JsonObject& members) const {
    out += '{';
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      AppendJsonString(out, members[i].first);
      out += ':';
      AppendJson(out, members[i].second);
    }
    out += '}';
  }
};

}  // namespace

void AppendJsonNumber(std::string& out, float value) { AppendShortest(out, value); }
void AppendJsonNumber(std::string& out, double value) { AppendShortest(out, value); }

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::optional<size_t> bad = FirstIllFormedByte(text);
    for (const char c : text.substr(0, bad.value_or(text.size()))) AppendEscaped(out, c);
    if (!bad) break;
    out += "\uFFFD";
    text.remove_prefix(*bad + 1);
  }
  out += '"';
}

void AppendJson(std::string& out, const Json& json) { std::visit(Appender{out}, json.value); }

std::string ToText(const Json& json) {
  std::string text;
  AppendJson(text, json);
  return text;
}

std::string& JsonLine::Key(std::string_view key) {
  if (!members_.empty()) members_ += ',';
  AppendJsonString(members_, key);
  members_ += ':';
  return members_;
}

JsonLine& JsonLine::Text(std::string_view key, std::string_view value) {
  AppendJsonString(Key(key), value);
  return *this;
}

JsonLine& JsonLine::Number(std::string_view key, double value) {
  AppendJsonNumber(Key(key), value);
  return *this;
}

JsonLine& JsonLine::Float(std::string_view key, float value) {
  AppendJsonNumber(Key(key), value);
  return *this;
}

JsonLine& JsonLine::Bool(std::string_view key, bool value) { return Raw(key, value ? "true" : "false"); }

JsonLine& JsonLine::Null(std::string_view key) { return Raw(key, "null"); }

JsonLine& JsonLine::Raw(std::string_view key, std::string_view json) {
  Key(key) += json;
  return *this;
}

void JsonList::Add(std::string_view json) {
  if (!elements_.empty()) elements_ += ',';
  elements_ += json;
}

}  // namespace voisin::cli
