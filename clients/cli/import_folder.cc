#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "clients/cli/import_source.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/status.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<ImportDocument> ReadDocument(const fs::path& path, std::string id) {
  std::error_code error;
  const uintmax_t bytes = fs::file_size(path, error);
  if (error) return absl::NotFoundError(error.message());
  if (bytes > kLongestRecord) {
    return absl::InvalidArgumentError(absl::StrCat("longer than ", kLongestRecord, " bytes"));
  }
  ImportDocument document;
  ASSIGN_OR_RETURN(document.text, ReadFile(path));
  if (document.text.starts_with("\xEF\xBB\xBF")) document.text.erase(0, 3);
  const auto bad = FirstIllFormedByte(document.text);
  if (bad) return absl::InvalidArgumentError(absl::StrCat("byte ", *bad, " is not UTF-8"));
  if (FirstIllFormedByte(id)) return absl::InvalidArgumentError("its name is not UTF-8");
  document.where = id;
  document.id = std::move(id);
  return document;
}

class FolderSource : public ImportSource {
 public:
  FolderSource(fs::path folder, std::vector<fs::path> files)
      : folder_(std::move(folder)), files_(std::move(files)) {}

  std::optional<absl::StatusOr<ImportDocument>> Next() override {
    if (next_ == files_.size()) return std::nullopt;
    const fs::path& path = files_[next_++];
    const std::string id = path.lexically_relative(folder_).generic_string();
    absl::StatusOr<ImportDocument> document = ReadDocument(path, id);
    if (!document.ok()) return Prefixed(Printable(id), document.status());
    return document;
  }
  uint64_t position() const override { return next_; }
  uint64_t total() const override { return files_.size(); }

 private:
  const fs::path folder_;
  const std::vector<fs::path> files_;
  size_t next_ = 0;
};

bool IsText(const fs::directory_entry& entry) {
  std::error_code ignored;
  const fs::path extension = entry.path().extension();
  return entry.is_regular_file(ignored) && (extension == ".txt" || extension == ".md");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ImportSource>> ReadFolder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (IsText(*entry)) files.push_back(entry->path());
  }
  if (error) return absl::NotFoundError(absl::StrCat(folder.string(), ": ", error.message()));
  std::ranges::sort(files);
  return std::make_unique<FolderSource>(folder, std::move(files));
}

}  // namespace voisin::cli
