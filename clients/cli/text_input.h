#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::cli {

// The texts of a command: its arguments, or lines of JSON.
struct Texts {
  std::vector<std::string> values;
  std::vector<uint64_t> lines;                    // where each stood; empty: they were arguments
  std::vector<std::optional<std::string>> pairs;  // the second text of each line; empty: they were arguments

  size_t size() const { return values.size(); }
  // "line 12" or "text 2".
  std::string Where(size_t i) const;
};

// What is wrong with some texts, by index; told all at once, so that one run shows every bad line.
struct TextProblem {
  std::string where;
  std::string what;
};
// Ok when there is no problem; otherwise writes a line for each to `err`.
absl::Status Report(const std::vector<TextProblem>& problems, std::ostream& err);

enum class TextPairs { refused, read };

// `arguments`, or the lines {"text": ...} of `input` (a path, or "-" for `in`). Exactly one of the two. Empty lines are
// skipped; bad ones are on `err` and make an error. A line may have a "text_pair" where pairs are read.
absl::StatusOr<Texts> ReadTexts(const std::vector<std::string>& arguments, const std::string& input,
                                std::istream& in, std::ostream& err, TextPairs pairs = TextPairs::refused);

}  // namespace voisin::cli
