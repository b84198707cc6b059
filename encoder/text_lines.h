#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace voisin::encoder {

// The lines of a text, without their line feeds and a carriage return before them. What follows the last line feed is a
// line unless it is empty. Views into `text` and `name`.
class TextLines {
 public:
  TextLines(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  // Moves to the next line; false when there is none.
  bool Next();
  std::string_view line() const { return line_; }
  size_t number() const { return number_; }  // from 1

  // InvalidArgument "NAME:LINE: "..." PROBLEM"
  absl::Status Error(std::string_view problem) const;

 private:
  std::string_view rest_;
  std::string_view name_;
  std::string_view line_;
  size_t number_ = 0;
};

}  // namespace voisin::encoder
