#include "index/index_directory.h"

#include <set>
#include <system_error>

#include "base/file_status.h"
#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::index {
namespace {

namespace fs = std::filesystem;

constexpr char kManifestName[] = "MANIFEST";
constexpr char kDamagedName[] = "damaged";

absl::Status FileSystemStatus(const std::error_code& error, const std::string& action) {
  if (!error) return absl::OkStatus();
  return FileStatus(error.value(), action);
}

bool IsOurs(const std::string& name) {
  return name.starts_with("segment-") || name.starts_with(kManifestName);
}

}  // namespace

absl::Status WithName(const absl::Status& status, const std::string& name) {
  return absl::Status(status.code(), name + ": " + std::string(status.message()));
}

absl::Status IndexDirectory::Create() const { return MakeFolders(path_); }

std::vector<fs::path> IndexDirectory::Files() const {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(path_, error), end; !error && it != end; it.increment(error)) {
    if (IsOurs(it->path().filename().string())) files.push_back(it->path());
  }
  return files;
}

bool IndexDirectory::HasManifest() const {
  std::error_code error;
  return fs::exists(path_ / kManifestName, error);
}

absl::StatusOr<Manifest> IndexDirectory::ReadManifest() const {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path_ / kManifestName));
  absl::StatusOr<Manifest> manifest = ParseManifest(file.text());
  if (!manifest.ok()) return WithName(manifest.status(), kManifestName);
  const absl::Status fits =
      CheckShape(shape_, manifest->shape.dimensions, static_cast<uint32_t>(manifest->shape.metric));
  if (!fits.ok()) return WithName(fits, kManifestName);
  return manifest;
}

absl::Status IndexDirectory::Write(const Manifest& manifest) const {
  return WriteManifest(path_ / kManifestName, manifest);
}

absl::Status IndexDirectory::SetAside() const {
  std::error_code error;
  fs::remove_all(path_ / kDamagedName, error);
  if (!error) fs::create_directories(path_ / kDamagedName, error);
  for (const fs::path& file : Files()) {
    if (!error) fs::rename(file, path_ / kDamagedName / file.filename(), error);
  }
  return FileSystemStatus(error, "set aside damaged files of " + path_.string());
}

absl::Status IndexDirectory::RemoveSetAside() const {
  std::error_code error;
  fs::remove_all(path_ / kDamagedName, error);
  return FileSystemStatus(error, "remove " + (path_ / kDamagedName).string());
}

absl::Status IndexDirectory::RemoveStrays(const Manifest& manifest) const {
  std::set<std::string> named{kManifestName};
  for (const Manifest::File& file : manifest.files) named.insert(SegmentFileName(file.number));
  for (const fs::path& file : Files()) {
    std::error_code error;
    if (!named.contains(file.filename().string())) fs::remove(file, error);
    RETURN_IF_ERROR(FileSystemStatus(error, "remove " + file.string()));
  }
  return absl::OkStatus();
}

}  // namespace voisin::index
