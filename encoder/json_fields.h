#pragma once

#include <array>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/json.h"
#include "encoder/model_config_names.h"

namespace voisin::encoder {

// Reads the fields of an object into variables. An optional field that is absent or null leaves its variable
// as it is. Errors are JsonValue's: they name the document, the field, what was expected and what came.

absl::StatusOr<std::unique_ptr<JsonDocument>> ReadJson(const std::filesystem::path& path);

// Required, 1 to `max`.
absl::Status ReadSize(const JsonValue& object, std::string_view key, int32_t max, int32_t& size);
absl::Status ReadOptional(const JsonValue& object, std::string_view key, int32_t min, int32_t max,
                          int32_t& number);
// Above 0, below 1e9.
absl::Status ReadOptional(const JsonValue& object, std::string_view key, float& number);
absl::Status ReadOptional(const JsonValue& object, std::string_view key, bool& flag);
absl::Status ReadOptional(const JsonValue& object, std::string_view key, std::string& text);

// Unimplemented where the flag is there and not `expected`.
absl::Status Require(const JsonValue& object, std::string_view key, bool expected);

// One of the spellings in `names`; Unimplemented for any other.
template <typename Enum, size_t kCount>
absl::Status ReadOptional(const JsonValue& object, std::string_view key,
                          const std::array<EnumName<Enum>, kCount>& names, Enum& value) {
  const std::optional<JsonValue> field = object.Find(key);
  if (!field) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string spelling, field->String());
  for (const EnumName<Enum>& name : names) {
    if (name.spelling != spelling) continue;
    value = name.value;
    return absl::OkStatus();
  }
  return field->Unimplemented(absl::StrCat("\"", spelling, "\" is not supported"));
}

}  // namespace voisin::encoder
