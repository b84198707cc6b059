#include "service/proto_value.h"

#include <cmath>

#include "base/status_macros.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

using ProtoValue = google::protobuf::Value;

// Where a value stands: as long as nothing is wrong nobody spells the path.
struct Place {
  const Place* parent = nullptr;
  std::string_view key;
  int index = -1;  // of a list's element; otherwise key counts
  int level = 0;

  std::string Path() const {
    if (parent == nullptr) return std::string(key);
    if (index >= 0) return parent->Path() + "[" + std::to_string(index) + "]";
    return parent->Path() + "." + std::string(key);
  }
};

absl::Status Read(const Place& place, ProtoValue&& from, storage::Value& to);

absl::Status CheckDepth(const Place& place) {
  if (place.level <= storage::kMaxMetadataDepth) return absl::OkStatus();
  return InvalidField(place.Path(), "expected at most " + std::to_string(storage::kMaxMetadataDepth) +
                                        " levels of nesting, got more");
}

absl::Status Read(const Place& place, google::protobuf::Struct&& from, storage::Object& to) {
  RETURN_IF_ERROR(CheckDepth(place));
  for (auto& [key, value] : *from.mutable_fields()) {
    RETURN_IF_ERROR(Read({&place, key, -1, place.level + 1}, std::move(value), to[key]));
  }
  return absl::OkStatus();
}

absl::Status Read(const Place& place, google::protobuf::ListValue&& from, storage::List& to) {
  RETURN_IF_ERROR(CheckDepth(place));
  to.resize(static_cast<size_t>(from.values_size()));
  for (int i = 0; i < from.values_size(); ++i) {
    const Place element{&place, {}, i, place.level + 1};
    RETURN_IF_ERROR(Read(element, std::move(*from.mutable_values(i)), to[static_cast<size_t>(i)]));
  }
  return absl::OkStatus();
}

absl::Status Read(const Place& place, double from, storage::Value& to) {
  to.data = from;
  if (std::isfinite(from)) return absl::OkStatus();
  return InvalidField(place.Path(), "expected a finite number, got " + std::to_string(from));
}

absl::Status Read(const Place& place, ProtoValue&& from, storage::Value& to) {
  switch (from.kind_case()) {
    case ProtoValue::kNullValue:
      to.data = std::monostate();
      return absl::OkStatus();
    case ProtoValue::kNumberValue:
      return Read(place, from.number_value(), to);
    case ProtoValue::kStringValue:
      to.data = std::move(*from.mutable_string_value());
      return absl::OkStatus();
    case ProtoValue::kBoolValue:
      to.data = from.bool_value();
      return absl::OkStatus();
    case ProtoValue::kStructValue:
      return Read(place, std::move(*from.mutable_struct_value()), to.data.emplace<storage::Object>());
    case ProtoValue::kListValue:
      return Read(place, std::move(*from.mutable_list_value()), to.data.emplace<storage::List>());
    case ProtoValue::KIND_NOT_SET:
      break;
  }
  return InvalidField(place.Path(), "expected a value of some kind, got one without");
}

void Fill(storage::Value&& from, ProtoValue& to);

struct Filler {
  ProtoValue& to;
  void operator()(std::monostate) const { to.set_null_value(google::protobuf::NULL_VALUE); }
  void operator()(bool truth) const { to.set_bool_value(truth); }
  void operator()(double number) const { to.set_number_value(number); }
  void operator()(std::string&& text) const { to.set_string_value(std::move(text)); }
  void operator()(storage::List&& list) const {
    google::protobuf::ListValue& values = *to.mutable_list_value();
    for (storage::Value& value : list) Fill(std::move(value), *values.add_values());
  }
  void operator()(storage::Object&& object) const { *to.mutable_struct_value() = ToProto(std::move(object)); }
};

void Fill(storage::Value&& from, ProtoValue& to) { std::visit(Filler{to}, std::move(from.data)); }

}  // namespace

absl::StatusOr<storage::Object> ObjectFrom(std::string_view field, google::protobuf::Struct&& fields) {
  storage::Object object;
  RETURN_IF_ERROR(Read({nullptr, field, -1, 1}, std::move(fields), object));
  return object;
}

google::protobuf::Struct ToProto(storage::Object&& object) {
  google::protobuf::Struct fields;
  for (auto& [key, value] : object) Fill(std::move(value), (*fields.mutable_fields())[key]);
  return fields;
}

google::protobuf::Value ToProto(storage::Value&& value) {
  google::protobuf::Value made;
  Fill(std::move(value), made);
  return made;
}

}  // namespace voisin::service
