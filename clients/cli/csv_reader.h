#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/line_reader.h"

namespace voisin::cli {

// Records of RFC 4180: fields between commas, quoted where they hold commas, quotes (doubled) or line breaks.
class CsvReader {
 public:
  // `in` outlives the reader.
  explicit CsvReader(std::istream& in, size_t longest = kLongestRecord)
      : lines_(in, longest), longest_(longest) {}

  // The next record that is not an empty line; nothing at the end. InvalidArgument: that record is malformed, the next
  // call goes on after it.
  std::optional<absl::StatusOr<std::vector<std::string>>> Next();
  uint64_t line() const { return line_; }  // where the last record started, from 1
  uint64_t bytes() const { return lines_.bytes(); }

 private:
  absl::StatusOr<std::vector<std::string>> ReadRecord();
  // Reads on after an opening quote at `at`; leaves `at` behind the closing one.
  absl::Status ReadQuoted(size_t& at, std::string& field);
  absl::Status NextLineOfQuoted(std::string& field);

  LineReader lines_;
  const size_t longest_;
  uint64_t line_ = 0;
};

}  // namespace voisin::cli
