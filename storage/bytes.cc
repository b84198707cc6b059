#include "storage/bytes.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace voisin::storage {

void ByteWriter::Varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) Byte(static_cast<uint8_t>(value | 0x80));
  Byte(static_cast<uint8_t>(value));
}

void ByteWriter::Signed(int64_t value) {
  Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

void ByteWriter::Fixed64(uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) Byte(static_cast<uint8_t>(value >> shift));
}

void ByteWriter::Bytes(std::string_view value) {
  Varint(value.size());
  Raw(value);
}

void ByteReader::Fail(const char* problem) {
  if (!ok()) return;
  problem_ = problem;
  failed_at_ = at_;
  at_ = in_.size();
}

std::string_view ByteReader::Take(size_t count) {
  if (count > remaining()) {
    Fail("expected more bytes than there are");
    return {};
  }
  std::string_view taken = in_.substr(at_, count);
  at_ += count;
  return taken;
}

uint8_t ByteReader::Byte() {
  std::string_view one = Take(1);
  return one.empty() ? uint8_t{0} : static_cast<uint8_t>(one[0]);
}

uint64_t ByteReader::Varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint64_t byte = Byte();
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  Fail("expected a number of at most 64 bits");
  return 0;
}

uint32_t ByteReader::Varint32() {
  const uint64_t value = Varint();
  if (value <= std::numeric_limits<uint32_t>::max()) return static_cast<uint32_t>(value);
  Fail("expected a number of at most 32 bits");
  return 0;
}

int64_t ByteReader::Signed() {
  const uint64_t folded = Varint();
  return static_cast<int64_t>((folded >> 1) ^ (~(folded & 1) + 1));
}

uint64_t ByteReader::Fixed64() {
  uint64_t value = 0;
  int shift = 0;
  for (char byte : Take(8)) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(byte)) << shift;
    shift += 8;
  }
  return value;
}

std::string_view ByteReader::Bytes() {
  const uint64_t size = Varint();
  if (size <= remaining()) return Take(static_cast<size_t>(size));
  Fail("expected a length within the record");
  return {};
}

std::string_view ByteReader::Rest() { return Take(remaining()); }

size_t ByteReader::Count() {
  const uint64_t count = Varint();
  if (count <= remaining()) return static_cast<size_t>(count);
  Fail("expected a count within the record");
  return 0;
}

absl::Status ByteReader::status() const {
  if (ok()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("damaged record: ", problem_, " at byte ", failed_at_, " of ", in_.size()));
}

absl::Status ByteReader::Finish() {
  if (ok() && remaining() > 0) Fail("expected the end");
  return status();
}

}  // namespace voisin::storage
