#include "clients/hub/pull.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/files.h"
#include "base/status_macros.h"
#include "clients/hub/part_file.h"
#include "clients/hub/staging.h"

namespace voisin::hub {
namespace {

namespace fs = std::filesystem;

// In an installed directory: "OWNER/NAME@REVISION", so that no other repository's model of that name replaces it.
constexpr char kOrigin[] = ".pulled-from";

bool HasAll(const fs::path& directory, const std::vector<HubFile>& files) {
  return std::ranges::all_of(
      files, [&](const HubFile& file) { return HasContent(directory / file.path, file.size, file.digest); });
}

absl::Status CheckOrigin(const fs::path& directory, const ModelId& id) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(directory, error))) return absl::OkStatus();
  const std::string origin = ReadFile(directory / kOrigin).value_or("");
  const std::string repository = origin.substr(0, origin.find('@'));
  if (repository == id.repository()) return absl::OkStatus();
  return absl::AlreadyExistsError(directory.string() + " is there and " +
                                  (repository.empty() ? "was not pulled" : "was pulled from " + repository) +
                                  ": move it away to pull " + id.repository());
}

// What an interrupted pull of another revision left.
void RemoveOthers(const fs::path& staging, const std::vector<HubFile>& files) {
  std::set<fs::path> wanted;
  for (const HubFile& file : files) {
    const fs::path target = staging / file.path;
    wanted.insert({target, PartPath(target), PartMemoPath(target), target.parent_path()});
  }
  std::vector<fs::path> others;
  std::error_code error;
  for (fs::recursive_directory_iterator at(staging, error), end; !error && at != end; at.increment(error)) {
    if (!wanted.contains(at->path())) others.push_back(at->path());
  }
  for (const fs::path& other : others) fs::remove_all(other, error);
}

uint64_t SizeOf(const std::vector<HubFile>& files) {
  return std::accumulate(files.begin(), files.end(), uint64_t{0},
                         [](uint64_t sum, const HubFile& file) { return sum + file.size; });
}

// One pull, from the files that it takes to the directory.
class Pulling {
 public:
  Pulling(const ModelId& id, const PullOptions& options, Hub& hub, std::vector<HubFile> files)
      : id_(id),
        options_(options),
        hub_(hub),
        files_(std::move(files)),
        total_(SizeOf(files_)),
        installed_(options.models_dir / id.name) {}

  absl::StatusOr<Pulled> Run() {
    RETURN_IF_ERROR(CheckOrigin(installed_, id_));
    if (HasAll(installed_, files_)) return Pulled{installed_, total_, true};
    ASSIGN_OR_RETURN(const Staging staging, Staging::Open(options_.models_dir / (".pulling-" + id_.name)));
    RemoveOthers(staging.directory(), files_);
    for (const HubFile& file : files_) {
      RETURN_IF_ERROR(Bring(file, staging.directory() / file.path));
      done_ += file.size;
    }
    RETURN_IF_ERROR(
        WriteFileAtomically(staging.directory() / kOrigin, id_.repository() + "@" + id_.revision + "\n"));
    RETURN_IF_ERROR(staging.Install(installed_));
    return Pulled{installed_, total_, false};
  }

 private:
  absl::Status Bring(const HubFile& file, const fs::path& target) {
    Report(0);
    if (HasContent(target, file.size, file.digest)) return absl::OkStatus();
    std::error_code error;
    fs::remove(target, error);
    const fs::path old = installed_ / file.path;
    if (HasContent(old, file.size, file.digest)) {
      fs::create_directories(target.parent_path(), error);
      fs::create_hard_link(old, target, error);
      if (!error) return absl::OkStatus();
    }
    return hub_.Fetch(id_, file, target, [this](uint64_t bytes) { Report(bytes); });
  }

  void Report(uint64_t bytes) const {
    if (options_.progress) options_.progress(done_ + bytes, total_);
  }

  const ModelId& id_;
  const PullOptions& options_;
  Hub& hub_;
  const std::vector<HubFile> files_;
  const uint64_t total_;
  const fs::path installed_;
  uint64_t done_ = 0;
};

}  // namespace

absl::StatusOr<Pulled> Pull(const ModelId& id, const PullOptions& options) {
  Hub hub(options.hub);
  ASSIGN_OR_RETURN(std::vector<HubFile> listed, hub.List(id));
  ASSIGN_OR_RETURN(std::vector<HubFile> files, FilesOfEncoder(std::move(listed), id.repository()));
  return Pulling(id, options, hub, std::move(files)).Run();
}

}  // namespace voisin::hub
