#include "service/data_directory.h"

#include "base/files.h"
#include "base/status_macros.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "1\n";

absl::Status Refuse(const DataDirectory& directory, std::string_view came) {
  return BrokenPrecondition("DATA_FORMAT", directory.root.string(),
                            "data directory " + directory.root.string() + ": expected format \"1\" in " +
                                directory.format().string() + ", got " + std::string(came));
}

std::string Shown(std::string_view content) {
  const std::string_view line = content.substr(0, std::min<size_t>(content.find('\n'), 40));
  return "\"" + std::string(line) + "\"";
}

}  // namespace

absl::Status CheckDataFormat(const DataDirectory& directory) {
  ASSIGN_OR_RETURN(const std::string format, ReadFile(directory.format()));
  return format == kFormat ? absl::OkStatus() : Refuse(directory, Shown(format));
}

absl::Status PrepareDataDirectory(const DataDirectory& directory) {
  absl::Status format = CheckDataFormat(directory);
  if (!format.ok() && !absl::IsNotFound(format)) return format;
  RETURN_IF_ERROR(MakeFolders(directory.root));
  RETURN_IF_ERROR(MakeFolders(directory.database()));
  RETURN_IF_ERROR(MakeFolders(directory.index()));
  return MakeFolders(directory.snapshots());
}

absl::Status MarkDataDirectory(const DataDirectory& directory) {
  std::error_code error;
  if (fs::exists(directory.format(), error)) return absl::OkStatus();
  return WriteFileAtomically(directory.format(), kFormat);
}

}  // namespace voisin::service
