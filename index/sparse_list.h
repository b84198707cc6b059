#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace voisin::index {

// Ascending numbers, each with a count of at least 1, in few bytes:
//
//   list  := entry*
//   entry := varint(2 * gap + more) [varint(count - 2)]    gap: to the number before, less 1; from 0 for the first
//                                                           more: 1 when the count is above 1 and follows
//
// A varint has 7 bits in a byte, least significant first; the high bit says that more follow. At most five bytes.
class SparseWriter {
 public:
  // `base`: no number is below it.
  SparseWriter(uint32_t base, std::string& bytes) : next_(base), bytes_(bytes) {}

  void Append(uint32_t number, uint32_t count);

 private:
  uint32_t next_;
  std::string& bytes_;
};

class SparseReader {
 public:
  SparseReader(uint32_t base, std::string_view bytes)
      : next_(base), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // The next entry. False at the end, or when the bytes are no list.
  bool Next(uint32_t& number, uint32_t& count) {
    uint64_t gap, rest = 0;
    if (!ReadVarint(gap)) return false;
    const uint64_t found = next_ + gap / 2;
    if (found >= UINT32_MAX || (gap % 2 != 0 && (!ReadVarint(rest) || rest > UINT32_MAX - 2))) return false;
    number = static_cast<uint32_t>(found);
    count = static_cast<uint32_t>(gap % 2 == 0 ? 1 : rest + 2);
    next_ = found + 1;
    return true;
  }
  bool AtEnd() const { return at_ == end_; }
  const char* at() const { return at_; }

 private:
  static constexpr uint32_t kMostShift = 28;  // of the fifth byte

  bool ReadVarint(uint64_t& value) {
    value = 0;
    for (uint32_t shift = 0; at_ != end_ && shift <= kMostShift; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  uint64_t next_;
  const char* at_;
  const char* end_;
};

}  // namespace voisin::index
