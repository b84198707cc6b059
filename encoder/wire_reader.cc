#include "encoder/wire_reader.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace voisin::encoder {
namespace {

constexpr uint64_t kLastNumber = (uint64_t{1} << 29) - 1;

std::string_view TypeName(WireField::Type type) {
  switch (type) {
    case WireField::Type::varint:
      return "varint";
    case WireField::Type::fixed64:
      return "64-bit value";
    case WireField::Type::bytes:
      return "string or message";
    case WireField::Type::fixed32:
      return "32-bit value";
  }
  return "";
}

}  // namespace

absl::Status WireReader::Error(std::string problem) const {
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(name_), ": byte ", field_ - begin_, ": ", problem));
}

absl::Status WireReader::Expect(const WireField& field, WireField::Type type) const {
  if (field.type == type) return absl::OkStatus();
  return Error(absl::StrCat("field ", field.number, " is a ", std::string(TypeName(field.type)),
                            ", expected a ", std::string(TypeName(type))));
}

absl::StatusOr<uint64_t> WireReader::Varint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return Error("the file ends inside a number");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return Error("a number has more than 10 bytes");
}

absl::StatusOr<uint64_t> WireReader::Fixed(size_t bytes) {
  if (rest_.size() < bytes)
    return Error(absl::StrCat("a value has ", bytes, " bytes, ", rest_.size(), " follow"));
  uint64_t value = 0;  // little-endian, as every machine that we run on
  std::memcpy(&value, rest_.data(), bytes);
  rest_.remove_prefix(bytes);
  return value;
}

absl::Status WireReader::ReadValue(WireField& field) {
  switch (field.type) {
    case WireField::Type::varint: {
      ASSIGN_OR_RETURN(field.value, Varint());
      return absl::OkStatus();
    }
    case WireField::Type::fixed64: {
      ASSIGN_OR_RETURN(field.value, Fixed(8));
      return absl::OkStatus();
    }
    case WireField::Type::fixed32: {
      ASSIGN_OR_RETURN(field.value, Fixed(4));
      return absl::OkStatus();
    }
    case WireField::Type::bytes:
      break;
  }
  ASSIGN_OR_RETURN(const uint64_t size, Varint());
  if (size > rest_.size()) {
    return Error(absl::StrCat("field ", field.number, " says that it has ", size, " bytes, ", rest_.size(),
                              " follow"));
  }
  field.bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return absl::OkStatus();
}

absl::StatusOr<WireField> WireReader::Next() {
  field_ = rest_.data();
  ASSIGN_OR_RETURN(const uint64_t tag, Varint());
  const uint64_t number = tag >> 3;
  const uint64_t type = tag & 7;
  if (number == 0 || number > kLastNumber)
    return Error(absl::StrCat("the field number ", number, " does not exist"));
  if (type == 3 || type == 4 || type > 5)
    return Error(absl::StrCat("field ", number, " has the wire type ", type, ", expected 0, 1, 2 or 5"));
  WireField field;
  field.number = static_cast<uint32_t>(number);
  field.type = static_cast<WireField::Type>(type);
  RETURN_IF_ERROR(ReadValue(field));
  return field;
}

}  // namespace voisin::encoder
