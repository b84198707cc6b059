#include "clients/cli/proto_json.h"

#include <algorithm>
#include <utility>

#include "clients/cli/json_output.h"

namespace voisin::cli {
namespace {

using google::protobuf::Value;

struct ValueMaker {
  Value operator()(std::nullptr_t) const {
    Value made;
    made.set_null_value(google::protobuf::NULL_VALUE);
    return made;
  }
  Value operator()(bool value) const {
    Value made;
    made.set_bool_value(value);
    return made;
  }
  Value operator()(double value) const {
    Value made;
    made.set_number_value(value);
    return made;
  }
  Value operator()(const std::string& value) const {
    Value made;
    made.set_string_value(value);
    return made;
  }
  Value operator()(const JsonArray& elements) const {
    Value made;
    for (const Json& element : elements) *made.mutable_list_value()->add_values() = Make(element);
    if (elements.empty()) made.mutable_list_value();
    return made;
  }
  Value operator()(const JsonObject& members) const {
    Value made;
    *made.mutable_struct_value() = ToStruct(members);
    return made;
  }
  static Value Make(const Json& json) { return std::visit(ValueMaker{}, json.value); }
};

absl::Time FromTimestamp(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

void SetTimestamp(absl::Time time, google::protobuf::Timestamp& message) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  message.set_seconds(seconds);
  message.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

}  // namespace

google::protobuf::Struct ToStruct(const JsonObject& object) {
  google::protobuf::Struct made;
  for (const auto& [key, value] : object) (*made.mutable_fields())[key] = ValueMaker::Make(value);
  return made;
}

Json FromValue(const Value& value) {
  switch (value.kind_case()) {
    case Value::kBoolValue:
      return {value.bool_value()};
    case Value::kNumberValue:
      return {value.number_value()};
    case Value::kStringValue:
      return {value.string_value()};
    case Value::kStructValue:
      return FromStruct(value.struct_value());
    case Value::kListValue: {
      JsonArray elements;
      for (const Value& element : value.list_value().values()) elements.push_back(FromValue(element));
      return {std::move(elements)};
    }
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      break;
  }
  return {};
}

Json FromStruct(const google::protobuf::Struct& message) {
  JsonObject members;
  for (const auto& [key, value] : message.fields()) members.emplace_back(key, FromValue(value));
  std::sort(members.begin(), members.end(),
            [](const auto& left, const auto& right) { return left.first < right.first; });
  return {std::move(members)};
}

v1::Document ToMessage(ImportDocument document) {
  v1::Document message;
  message.set_id(std::move(document.id));
  message.set_text(std::move(document.text));
  if (!document.metadata.empty()) *message.mutable_metadata() = ToStruct(document.metadata);
  message.mutable_vector()->Add(document.vector.begin(), document.vector.end());
  if (document.expire_time) SetTimestamp(*document.expire_time, *message.mutable_expire_time());
  return message;
}

std::string ToJsonText(const v1::Document& document) {
  JsonLine line;
  line.Text("id", document.id());
  if (!document.text().empty()) line.Text("text", document.text());
  if (document.has_metadata()) line.Raw("metadata", ToText(FromStruct(document.metadata())));
  if (!document.vector().empty()) {
    std::string vector;
    AppendJsonNumbers(vector, document.vector());
    line.Raw("vector", vector);
  }
  if (document.has_expire_time()) {
    const absl::Time time = FromTimestamp(document.expire_time());
    line.Text("expire_time", absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()));
  }
  return line.str();
}

std::string CellOf(const v1::Document& document, const std::string& key) {
  const auto& fields = document.metadata().fields();
  const auto found = fields.find(key);
  if (found == fields.end()) return {};
  return CellOf(found->second);
}

std::string CellOf(const Value& value) {
  return value.kind_case() == Value::kStringValue ? value.string_value() : ToText(FromValue(value));
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find_first_of("\r\n")); }

}  // namespace voisin::cli
