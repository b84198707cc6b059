#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace voisin::storage {

// Appends the primitives that every record is made of:
//   byte    = OCTET
//   varint  = 1..10 OCTETs, 7 bits each, least significant first, high bit: more follows
//   signed  = varint of (n << 1) ^ (n >> 63)
//   fixed64 = 8 OCTETs, least significant first
//   bytes   = varint length, then that many OCTETs
class ByteWriter {
 public:
  void Byte(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void Varint(uint64_t value);
  void Signed(int64_t value);
  void Fixed64(uint64_t value);
  void Bytes(std::string_view value);
  void Raw(std::string_view value) { out_.append(value); }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads them back, never beyond the end. The first failure sticks: every later read gives zero or nothing,
// and status() says where it was. So check ok() in loops, and Finish() before the result is used.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  uint8_t Byte();
  uint64_t Varint();
  uint32_t Varint32();
  int64_t Signed();
  uint64_t Fixed64();
  std::string_view Bytes();
  std::string_view Rest();
  // A varint that announces items of at least one byte each: fails when more are announced than bytes are
  // left.
  size_t Count();

  // Remembers `problem` (a literal) at the current position, unless something failed before.
  void Fail(const char* problem);
  bool ok() const { return problem_ == nullptr; }
  size_t remaining() const { return in_.size() - at_; }
  // Ok, or DataLoss with problem and position.
  absl::Status status() const;
  // status(), and DataLoss when bytes are left over.
  absl::Status Finish();

 private:
  std::string_view Take(size_t count);

  std::string_view in_;
  size_t at_ = 0;
  size_t failed_at_ = 0;
  const char* problem_ = nullptr;
};

}  // namespace voisin::storage
