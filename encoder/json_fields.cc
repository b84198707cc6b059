#include "encoder/json_fields.h"

#include "base/files.h"

namespace voisin::encoder {

absl::StatusOr<std::unique_ptr<JsonDocument>> ReadJson(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  return JsonDocument::Parse(file.text(), path.string());
}

absl::Status ReadSize(const JsonValue& object, std::string_view key, int32_t max, int32_t& size) {
  ASSIGN_OR_RETURN(JsonValue field, object.Field(key));
  ASSIGN_OR_RETURN(const int64_t value, field.Integer(1, max));
  size = static_cast<int32_t>(value);
  return absl::OkStatus();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, int32_t min, int32_t max,
                          int32_t& number) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t value, field->Integer(min, max));
  number = static_cast<int32_t>(value);
  return absl::OkStatus();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, float& number) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const double value, field->Number());
  if (!(value > 0 && value < 1e9)) return field->Error("is out of range, expected above 0 and below 1e9");
  number = static_cast<float>(value);
  return absl::OkStatus();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, bool& flag) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(flag, field->Bool());
  return absl::OkStatus();
}

absl::Status ReadOptional(const JsonValue& object, std::string_view key, std::string& text) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(text, field->String());
  return absl::OkStatus();
}

absl::Status Require(const JsonValue& object, std::string_view key, bool expected) {
  bool flag = expected;
  RETURN_IF_ERROR(ReadOptional(object, key, flag));
  if (flag == expected) return absl::OkStatus();
  return object.Find(key)->Unimplemented(absl::StrCat("is ", flag, ", which is not supported"));
}

}  // namespace voisin::encoder
