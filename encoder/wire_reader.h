#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace voisin::encoder {

// One field of a message in protobuf's wire format (https://protobuf.dev/programming-guides/encoding).
struct WireField {
  enum class Type : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
  uint32_t number = 0;
  Type type = Type::varint;
  uint64_t value = 0;      // of a varint or fixed field
  std::string_view bytes;  // of the others: a string, a message
};

// Walks the fields of one message. Errors are InvalidArgument: "NAME: byte AT: ..." counts from where the outermost message
// begins.
class WireReader {
 public:
  // `name` and `message` outlive the reader.
  WireReader(std::string_view message, std::string_view name) : WireReader(message, name, message.data()) {}
  // The message inside `field`, which this reader gave.
  WireReader Inside(const WireField& field) const { return {field.bytes, name_, begin_}; }

  bool AtEnd() const { return rest_.empty(); }
  absl::StatusOr<WireField> Next();

  // Of the field that came last: the error of one with another type, or with a value that makes no sense.
  absl::Status Error(std::string problem) const;
  absl::Status Expect(const WireField& field, WireField::Type type) const;

 private:
  WireReader(std::string_view message, std::string_view name, const char* begin)
      : rest_(message), name_(name), begin_(begin), field_(message.data()) {}
  absl::StatusOr<uint64_t> Varint();
  absl::StatusOr<uint64_t> Fixed(size_t bytes);
  absl::Status ReadValue(WireField& field);

  std::string_view rest_;
  std::string_view name_;
  const char* begin_;
  const char* field_;  // where the last field begins
};

}  // namespace voisin::encoder
