#include "service/data_check.h"

#include <algorithm>
#include <iterator>

#include "base/files.h"
#include "base/status_macros.h"
#include "index/index_check.h"
#include "service/collection_definition.h"
#include "service/data_directory.h"
#include "service/errors.h"
#include "service/recoverable_indexes.h"
#include "service/snapshot_folder.h"
#include "storage/snapshot_archive.h"

namespace voisin::service {
namespace {

using storage::CheckedCollection;
using storage::CheckedPart;

absl::StatusOr<storage::RowShape> ShapeOf(const storage::CollectionRecord& record) {
  ASSIGN_OR_RETURN(const CollectionDefinition definition, DecodeDefinition(record.definition));
  return storage::RowShape{definition.dimensions, definition.has_terms};
}

std::string Between(uint64_t least, uint64_t most, uint64_t got) {
  return "expected every change up to one of " + std::to_string(least) + " to " + std::to_string(most) +
         ", got up to " + std::to_string(got);
}

// Empty, or what a start would rebuild the index for.
std::string ProblemOf(const CheckedCollection& collection, const index::IndexCheck& check) {
  const storage::CollectionState& state = collection.state;
  if (check.applied_lsn < state.trimmed || check.applied_lsn > state.last_lsn) {
    return Between(state.trimmed, state.last_lsn, check.applied_lsn);
  }
  if (check.applied_lsn < state.last_lsn || check.points == state.count) return "";
  return "expected " + std::to_string(state.count) + " points, got " + std::to_string(check.points);
}

using IndexFiles = absl::StatusOr<std::optional<index::IndexCheck>>;

CheckedPart Judge(const CheckedCollection& collection, std::string name, const IndexFiles& check) {
  CheckedPart part{std::move(name), 0, {}, 0};
  if (!check.ok()) {
    part.Add(std::string(MessageOf(check.status())));
  } else if (check->has_value()) {
    part.checked = (*check)->files;
    if (std::string problem = ProblemOf(collection, **check); !problem.empty()) part.Add(std::move(problem));
  }
  return part;
}

// Its vectors, then its words.
std::vector<CheckedPart> CheckIndexes(const DataDirectory& directory, const CheckedCollection& collection) {
  const std::string number = std::to_string(collection.record.number);
  const std::string name = "index/" + number;
  const absl::StatusOr<CollectionDefinition> definition = DecodeDefinition(collection.record.definition);
  if (!definition.ok()) return {{name, 0, {}, 0}};  // told already
  const std::filesystem::path vectors = directory.index() / number;
  return {
      Judge(collection, name, index::CheckIndexFiles(vectors, definition->dimensions, definition->metric)),
      Judge(collection, name + "/" + kLexicalFolder, index::CheckLexicalFiles(vectors / kLexicalFolder))};
}

CheckedPart CheckSnapshot(const SnapshotFolder& folder, const std::string& id) {
  CheckedPart part{"snapshots/" + id, 0, {}, 0};
  const absl::StatusOr<storage::SnapshotManifest> manifest = folder.Read(id);
  absl::Status status = manifest.status();
  if (status.ok()) status = storage::VerifyFiles(folder.PathOf(id), *manifest);
  if (status.ok()) part.checked = manifest->files.size();
  if (!status.ok()) part.Add(std::string(MessageOf(status)));
  return part;
}

}  // namespace

absl::StatusOr<std::vector<CheckedPart>> CheckDataDirectory(const std::filesystem::path& data_dir) {
  const DataDirectory directory{data_dir};
  RETURN_IF_ERROR(CheckDataFormat(directory));
  absl::StatusOr<storage::CheckedStore> store = storage::CheckStore(directory.database(), ShapeOf);
  if (absl::IsFailedPrecondition(store.status())) {
    return BrokenPrecondition("DATA_DIRECTORY", data_dir.string(), MessageOf(store.status()));
  }
  RETURN_IF_ERROR(store.status());
  std::vector<CheckedPart> parts = std::move(store->parts);
  for (const CheckedCollection& collection : store->collections) {
    std::ranges::move(CheckIndexes(directory, collection), std::back_inserter(parts));
  }
  std::error_code error;
  if (!std::filesystem::exists(directory.snapshots(), error)) return parts;
  const SnapshotFolder folder(directory.snapshots());
  ASSIGN_OR_RETURN(const std::vector<SnapshotInfo> snapshots, folder.List());
  for (const SnapshotInfo& info : snapshots) parts.push_back(CheckSnapshot(folder, info.id));
  return parts;
}

}  // namespace voisin::service
