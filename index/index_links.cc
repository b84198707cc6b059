#include "index/index_links.h"

#include <system_error>

#include "base/file_status.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "index/manifest.h"

namespace voisin::index {
namespace {

namespace fs = std::filesystem;

constexpr char kManifestName[] = "MANIFEST";
constexpr int kAttempts = 20;

absl::Status Link(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (!error) return absl::OkStatus();
  return FileStatus(error.value(), "link " + from.string() + " as " + to.string());
}

absl::Status MakeEmpty(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  fs::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return FileStatus(error.value(), "make directory " + folder.string());
}

// NotFound when the index replaced a file meanwhile.
absl::StatusOr<uint64_t> LinkOnce(const fs::path& from, const fs::path& to) {
  RETURN_IF_ERROR(MakeEmpty(to));
  RETURN_IF_ERROR(Link(from / kManifestName, to / kManifestName));
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(to / kManifestName));
  ASSIGN_OR_RETURN(const Manifest manifest, ParseManifest(file.text()));
  for (const Manifest::File& segment : manifest.files) {
    const std::string name = SegmentFileName(segment.number);
    RETURN_IF_ERROR(Link(from / name, to / name));
  }
  return manifest.applied_lsn;
}

}  // namespace

absl::StatusOr<std::optional<uint64_t>> LinkIndexFiles(const fs::path& from, const fs::path& to) {
  absl::StatusOr<uint64_t> lsn = absl::NotFoundError("not tried");
  std::error_code error;
  for (int i = 0; i < kAttempts && absl::IsNotFound(lsn.status()); ++i) {
    if (!fs::exists(from / kManifestName, error)) break;
    lsn = LinkOnce(from, to);
  }
  if (lsn.ok()) return std::optional<uint64_t>(*lsn);
  fs::remove_all(to, error);
  // Damage, or files that change faster than they can be linked: whoever opens the copy rebuilds.
  if (absl::IsNotFound(lsn.status()) || absl::IsDataLoss(lsn.status())) return std::nullopt;
  return lsn.status();
}

}  // namespace voisin::index
