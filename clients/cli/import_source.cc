#include "clients/cli/import_source.h"

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

// A source together with the file that it reads.
class FileSource : public ImportSource {
 public:
  FileSource(std::unique_ptr<std::ifstream> file, std::unique_ptr<ImportSource> source)
      : file_(std::move(file)), source_(std::move(source)) {}

  std::optional<absl::StatusOr<ImportDocument>> Next() override { return source_->Next(); }
  uint64_t position() const override { return source_->position(); }
  uint64_t total() const override { return source_->total(); }

 private:
  std::unique_ptr<std::ifstream> file_;
  std::unique_ptr<ImportSource> source_;
};

absl::StatusOr<std::unique_ptr<ImportSource>> ReadStream(ImportFormat format, std::istream& in,
                                                         uint64_t total, const ImportOptions& options) {
  if (format == ImportFormat::csv) return ReadCsv(in, total, options.csv_numbers);
  return ReadJsonLines(in, total);
}

absl::StatusOr<std::unique_ptr<ImportSource>> ReadStandardInput(const ImportOptions& options,
                                                                std::istream& in) {
  const ImportFormat format = options.format.value_or(ImportFormat::json_lines);
  if (format == ImportFormat::folder) return UsageError("a folder is no standard input: name its path");
  return ReadStream(format, in, 0, options);
}

absl::StatusOr<ImportFormat> FormatByExtension(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".jsonl" || extension == ".ndjson" || extension == ".json")
    return ImportFormat::json_lines;
  if (extension == ".csv") return ImportFormat::csv;
  return UsageError(absl::StrCat(path.string(),
                                 ": its extension says no format (.jsonl, .ndjson, .json, .csv): "
                                 "give --format jsonl or --format csv"));
}

absl::StatusOr<std::unique_ptr<ImportSource>> OpenFile(const ImportOptions& options, ImportFormat format) {
  auto file = std::make_unique<std::ifstream>(options.path, std::ios::binary);
  if (!file->is_open()) return UsageError(absl::StrCat(options.path, ": cannot be opened"));
  std::error_code unknown;
  const uintmax_t bytes = std::filesystem::file_size(options.path, unknown);
  ASSIGN_OR_RETURN(auto source, ReadStream(format, *file, unknown ? 0 : bytes, options));
  return std::make_unique<FileSource>(std::move(file), std::move(source));
}

}  // namespace

absl::StatusOr<ImportFormat> ParseImportFormat(std::string_view name) {
  if (name == "jsonl") return ImportFormat::json_lines;
  if (name == "csv") return ImportFormat::csv;
  if (name == "folder") return ImportFormat::folder;
  return UsageError("--format: expected jsonl, csv or folder, got " + std::string(name));
}

absl::StatusOr<std::unique_ptr<ImportSource>> OpenImport(const ImportOptions& options, std::istream& in) {
  if (options.path == "-") return ReadStandardInput(options, in);
  std::error_code error;
  const auto kind = std::filesystem::status(options.path, error).type();
  if (kind == std::filesystem::file_type::not_found) {
    return UsageError(absl::StrCat(options.path, ": no such file or folder"));
  }
  const bool is_folder = kind == std::filesystem::file_type::directory;
  if (is_folder != (options.format == ImportFormat::folder) && options.format.has_value()) {
    return UsageError(absl::StrCat(options.path, is_folder ? " is a folder" : " is not a folder",
                                   ": --format says something else"));
  }
  if (is_folder) return ReadFolder(options.path);
  if (options.format) return OpenFile(options, *options.format);
  ASSIGN_OR_RETURN(const ImportFormat format, FormatByExtension(options.path));
  return OpenFile(options, format);
}

}  // namespace voisin::cli
