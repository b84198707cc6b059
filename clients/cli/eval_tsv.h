#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/line_reader.h"

namespace voisin::cli {

// Rows of tab-separated fields below a line that names the columns. There is no quoting: a quote is a character.
// Blank lines are skipped.
class TsvReader {
 public:
  // `in` outlives the reader.
  explicit TsvReader(std::istream& in) : lines_(in) {}

  // Reads the first line. InvalidArgument when one of `columns` is not there.
  absl::Status Open(std::initializer_list<std::string_view> columns);
  // The asked columns of the next row, in the order asked for, valid until the next call; no fields at the end.
  // InvalidArgument: another number of fields than there are columns, or not UTF-8.
  absl::StatusOr<std::vector<std::string_view>> Next();
  // "line 12", of the row that Next read last.
  std::string Where() const;

 private:
  absl::StatusOr<std::vector<std::string_view>> Fields() const;

  LineReader lines_;
  std::vector<size_t> positions_;  // of the asked columns
  size_t columns_ = 0;
};

}  // namespace voisin::cli
