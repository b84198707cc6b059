#include <algorithm>
#include <charconv>
#include <cmath>
#include <istream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/csv_reader.h"
#include "clients/cli/import_source.h"
#include "clients/cli/status.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

enum class Role { id, text, metadata, number };

struct CsvColumn {
  std::string name;
  Role role = Role::metadata;
};

absl::StatusOr<double> ParseNumber(const std::string& cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value)) {
    return absl::InvalidArgumentError("expected a number, got \"" + cell + "\"");
  }
  return value;
}

absl::Status CheckText(const std::string& cell) {
  const auto bad = FirstIllFormedByte(cell);
  if (bad) return absl::InvalidArgumentError(absl::StrCat("byte ", *bad, " is not UTF-8"));
  return absl::OkStatus();
}

absl::Status TakeMetadata(const CsvColumn& column, std::string cell, ImportDocument& document) {
  if (cell.empty()) return absl::OkStatus();  // an empty cell is an absent fact
  if (column.role == Role::metadata) {
    document.metadata.emplace_back(column.name, Json{std::move(cell)});
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const double number, ParseNumber(cell));
  document.metadata.emplace_back(column.name, Json{number});
  return absl::OkStatus();
}

absl::Status TakeCell(const CsvColumn& column, std::string cell, ImportDocument& document) {
  RETURN_IF_ERROR(CheckText(cell));
  switch (column.role) {
    case Role::id:
      document.id = std::move(cell);
      return absl::OkStatus();
    case Role::text:
      document.text = std::move(cell);
      return absl::OkStatus();
    case Role::metadata:
    case Role::number:
      return TakeMetadata(column, std::move(cell), document);
  }
  return absl::OkStatus();
}

absl::StatusOr<ImportDocument> ToDocument(const std::vector<CsvColumn>& columns,
                                          std::vector<std::string> cells) {
  if (cells.size() != columns.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected ", columns.size(), " fields as in the header, got ", cells.size()));
  }
  ImportDocument document;
  for (size_t i = 0; i < cells.size(); ++i) {
    const absl::Status taken = TakeCell(columns[i], std::move(cells[i]), document);
    if (!taken.ok()) return Prefixed(columns[i].name, taken);
  }
  if (document.id.empty()) return absl::InvalidArgumentError("id: empty");
  return document;
}

class CsvSource : public ImportSource {
 public:
  CsvSource(CsvReader reader, std::vector<CsvColumn> columns, uint64_t total)
      : reader_(std::move(reader)), columns_(std::move(columns)), total_(total) {}

  std::optional<absl::StatusOr<ImportDocument>> Next() override {
    auto cells = reader_.Next();
    if (!cells) return std::nullopt;
    const std::string where = absl::StrCat("line ", reader_.line());
    if (!cells->ok()) return Prefixed(where, cells->status());
    absl::StatusOr<ImportDocument> document = ToDocument(columns_, **std::move(cells));
    if (!document.ok()) return Prefixed(where, document.status());
    document->where = where;
    return document;
  }
  uint64_t position() const override { return reader_.bytes(); }
  uint64_t total() const override { return total_; }

 private:
  CsvReader reader_;
  const std::vector<CsvColumn> columns_;
  const uint64_t total_;
};

Role RoleOf(const std::string& name, const std::vector<std::string>& numbers) {
  if (name == "id") return Role::id;
  if (name == "text") return Role::text;
  return std::ranges::find(numbers, name) == numbers.end() ? Role::metadata : Role::number;
}

absl::Status CheckHeader(const std::vector<std::string>& header, const std::vector<std::string>& numbers) {
  for (const std::string& name : header) {
    if (name.empty()) return UsageError("the CSV header has a column without a name");
    if (std::ranges::count(header, name) > 1)
      return UsageError("the CSV header names column " + name + " twice");
    if (!CheckText(name).ok()) return UsageError("the CSV header is not UTF-8");
  }
  for (const std::string needed : {"id", "text"}) {
    if (std::ranges::find(header, needed) == header.end()) {
      return UsageError("the CSV header has no column " + needed +
                        ": its first line names id, text and metadata");
    }
  }
  for (const std::string& name : numbers) {
    if (std::ranges::find(header, name) == header.end()) {
      return UsageError("--number-columns: the CSV header has no column " + name);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ImportSource>> ReadCsv(std::istream& in, uint64_t total,
                                                      const std::vector<std::string>& numbers) {
  CsvReader reader(in);
  auto header = reader.Next();
  if (!header) return UsageError("the CSV input is empty: expected a header with the columns id and text");
  if (!header->ok()) return UsageError("the CSV header: " + std::string(MessageOf(header->status())));
  RETURN_IF_ERROR(CheckHeader(**header, numbers));
  std::vector<CsvColumn> columns;
  for (const std::string& name : **header) columns.push_back({name, RoleOf(name, numbers)});
  return std::make_unique<CsvSource>(std::move(reader), std::move(columns), total);
}

}  // namespace voisin::cli
