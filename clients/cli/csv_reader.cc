#include "clients/cli/csv_reader.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace voisin::cli {

std::optional<absl::StatusOr<std::vector<std::string>>> CsvReader::Next() {
  while (lines_.Next()) {
    line_ = lines_.number();
    if (!lines_.line().empty() || lines_.too_long()) return ReadRecord();
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<std::string>> CsvReader::ReadRecord() {
  if (lines_.too_long()) return absl::InvalidArgumentError(absl::StrCat("longer than ", longest_, " bytes"));
  std::vector<std::string> fields(1);
  for (size_t at = 0; at < lines_.line().size();) {
    const char c = lines_.line()[at];
    if (c == ',') {
      fields.emplace_back();
      ++at;
    } else if (c != '"') {
      fields.back() += c;
      ++at;
    } else if (!fields.back().empty()) {
      return absl::InvalidArgumentError(
          "a quote inside a field that does not start with one: quote the field and double its quotes");
    } else {
      RETURN_IF_ERROR(ReadQuoted(++at, fields.back()));
    }
  }
  return fields;
}

absl::Status CsvReader::ReadQuoted(size_t& at, std::string& field) {
  for (;;) {
    const std::string& line = lines_.line();
    const size_t quote = line.find('"', at);
    field.append(line, at, quote - at);
    if (quote == std::string::npos) {
      RETURN_IF_ERROR(NextLineOfQuoted(field));
      at = 0;
      continue;
    }
    at = quote + 1;
    if (at == line.size() || line[at] == ',') return absl::OkStatus();
    if (line[at] != '"') return absl::InvalidArgumentError("text between a closing quote and the next comma");
    field += '"';
    ++at;
  }
}

absl::Status CsvReader::NextLineOfQuoted(std::string& field) {
  field += '\n';
  if (!lines_.Next()) return absl::InvalidArgumentError("the quote that opens here is never closed");
  if (lines_.too_long() || field.size() + lines_.line().size() > longest_) {
    return absl::InvalidArgumentError(
        absl::StrCat("a quoted field longer than ", longest_, " bytes: its quote is perhaps never closed"));
  }
  return absl::OkStatus();
}

}  // namespace voisin::cli
