#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace voisin::cli {

inline constexpr size_t kLongestRecord = 16 << 20;  // bytes of one line, CSV record or text file

// Lines of a stream, whatever it holds. A byte order mark before the first line and "\r" before "\n" are dropped.
class LineReader {
 public:
  // `in` outlives the reader.
  explicit LineReader(std::istream& in, size_t longest = kLongestRecord) : in_(in), longest_(longest) {}

  // False at the end. A line of more than `longest` bytes is skipped to its end, with too_long() true and an empty
  // line(): memory stays bounded.
  bool Next();
  const std::string& line() const { return line_; }
  bool too_long() const { return too_long_; }
  uint64_t number() const { return number_; }  // of this line, from 1
  uint64_t bytes() const { return bytes_; }    // read so far

 private:
  std::istream& in_;
  const size_t longest_;
  std::string line_;
  bool too_long_ = false;
  uint64_t number_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace voisin::cli
