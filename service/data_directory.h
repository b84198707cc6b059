#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace voisin::service {

// Paths below an engine's data directory:
//   FORMAT          the version of this layout: "1\n"
//   db/             documents, metadata, vectors, log: the truth
//   index/NUMBER/   the index of one collection: a view, can be deleted at any time while nothing runs
//   snapshots/ID/   one snapshot: hard links to files of the two above, or what was imported
struct DataDirectory {
  std::filesystem::path root;
  std::filesystem::path format() const { return root / "FORMAT"; }
  std::filesystem::path database() const { return root / "db"; }
  std::filesystem::path index() const { return root / "index"; }
  std::filesystem::path snapshots() const { return root / "snapshots"; }
};

// NotFound without a file FORMAT, FailedPrecondition when it says another version than this program's.
absl::Status CheckDataFormat(const DataDirectory& directory);
// Makes what is missing. FailedPrecondition when FORMAT says anything else;
// nothing is changed then.
absl::Status PrepareDataDirectory(const DataDirectory& directory);
// Marks the directory with this version's format, once the database is ours.
absl::Status MarkDataDirectory(const DataDirectory& directory);

}  // namespace voisin::service
