#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "clients/cli/json_value.h"

namespace voisin::cli {

struct ImportDocument {
  std::string id;  // not empty
  std::string text;
  JsonObject metadata;
  std::vector<float> vector;  // finite; empty: the collection's model makes it
  std::optional<absl::Time> expire_time;
  std::string where;  // "line 12" or "notes/a.txt", for messages
};

// Documents of a file, a folder or a stream. One thread at a time.
class ImportSource {
 public:
  virtual ~ImportSource() = default;
  // Nothing at the end. An error is one bad record, named in its message ("line 12: ..."); the next call goes on after it.
  virtual std::optional<absl::StatusOr<ImportDocument>> Next() = 0;
  // How much of total() is behind us, in the source's own measure; total() is 0 when unknown.
  virtual uint64_t position() const = 0;
  virtual uint64_t total() const = 0;
};

enum class ImportFormat { json_lines, csv, folder };

struct ImportOptions {
  std::string path;                      // "-": standard input
  std::optional<ImportFormat> format;    // unset: by the path
  std::vector<std::string> csv_numbers;  // CSV columns that hold numbers; the others are text
};

// "jsonl", "csv", "folder"; InvalidArgument names them.
absl::StatusOr<ImportFormat> ParseImportFormat(std::string_view name);

// Standard input is `in`, which outlives the source. NotFound or InvalidArgument when there is nothing to read or no
// format to read it by; a CSV file needs the header columns id and text.
absl::StatusOr<std::unique_ptr<ImportSource>> OpenImport(const ImportOptions& options, std::istream& in);

// The readers by themselves; `in` outlives them, `total` is its length in bytes or 0.
std::unique_ptr<ImportSource> ReadJsonLines(std::istream& in, uint64_t total);
absl::StatusOr<std::unique_ptr<ImportSource>> ReadCsv(std::istream& in, uint64_t total,
                                                      const std::vector<std::string>& numbers);
absl::StatusOr<std::unique_ptr<ImportSource>> ReadFolder(const std::filesystem::path& folder);

}  // namespace voisin::cli
