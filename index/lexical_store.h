#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "index/index_directory.h"
#include "index/lexical_segment.h"

namespace voisin::index {

// The directory of one lexical index; as IndexStore of vectors. Not thread-safe.
class LexicalStore {
 public:
  using Segments = std::vector<std::shared_ptr<LexicalSegment>>;

  // What lies in the directory, whole and checked.
  struct Contents {
    Segments segments;  // tombstones are set
    uint64_t applied_lsn = 0;
    std::string damage;  // then nothing else is here
  };

  explicit LexicalStore(std::filesystem::path directory) : directory_(std::move(directory), Shape{}) {}

  // A directory that is missing is an empty one. Damaged or foreign files are set aside, strays are removed.
  absl::StatusOr<Contents> Load();
  // Makes the directory when missing. Writes segments that have no file yet and a new manifest; then removes what is no
  // longer named. Every change up to `applied_lsn` has been made to them, some later ones may have been.
  absl::Status Save(const Segments& segments, uint64_t applied_lsn);

  // Removes what Load has set aside.
  absl::Status RemoveSetAside() const { return directory_.RemoveSetAside(); }

  // Is the segment in the newest manifest?
  bool Holds(const LexicalSegment& segment) const { return files_.contains(segment.number()); }
  bool HasManifest() const { return has_manifest_; }
  // Greater than every number in use.
  uint64_t next_number() const { return next_number_; }

 private:
  absl::StatusOr<Contents> LoadAll();
  absl::Status LoadSegment(const Manifest::File& file, Segments& segments);

  const IndexDirectory directory_;
  std::map<uint64_t, FileStamp> files_;  // by segment number
  bool has_manifest_ = false;
  uint64_t next_number_ = 1;
};

}  // namespace voisin::index
