#include "clients/cli/eval_tsv.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

std::vector<std::string_view> SplitAtTabs(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
    fields.push_back(line.substr(0, tab));
    line.remove_prefix(tab + 1);
  }
  fields.push_back(line);
  return fields;
}

}  // namespace

std::string TsvReader::Where() const { return absl::StrCat("line ", lines_.number()); }

absl::StatusOr<std::vector<std::string_view>> TsvReader::Fields() const {
  if (lines_.too_long()) {
    return absl::InvalidArgumentError(absl::StrCat(Where(), ": longer than ", kLongestRecord, " bytes"));
  }
  if (const auto bad = FirstIllFormedByte(lines_.line())) {
    return absl::InvalidArgumentError(absl::StrCat(Where(), ": byte ", *bad, " is not UTF-8"));
  }
  return SplitAtTabs(lines_.line());
}

absl::Status TsvReader::Open(std::initializer_list<std::string_view> columns) {
  lines_.Next();
  ASSIGN_OR_RETURN(const auto names, Fields());
  for (const std::string_view column : columns) {
    const auto found = std::ranges::find(names, column);
    if (found == names.end()) {
      return absl::InvalidArgumentError(absl::StrCat("line 1: expected the names of the columns, \"",
                                                     std::string(column), "\" among them, got \"",
                                                     lines_.line(), "\""));
    }
    positions_.push_back(static_cast<size_t>(found - names.begin()));
  }
  columns_ = names.size();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string_view>> TsvReader::Next() {
  do {
    if (!lines_.Next()) return std::vector<std::string_view>();
  } while (lines_.line().empty() && !lines_.too_long());
  ASSIGN_OR_RETURN(const auto fields, Fields());
  if (fields.size() != columns_) {
    return absl::InvalidArgumentError(
        absl::StrCat(Where(), ": expected ", columns_, " fields between tabs, got ", fields.size()));
  }
  std::vector<std::string_view> asked;
  for (const size_t position : positions_) asked.push_back(fields[position]);
  return asked;
}

}  // namespace voisin::cli
