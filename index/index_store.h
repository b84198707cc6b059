#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "index/index_directory.h"

namespace voisin::index {

// The directory of one index. Not thread-safe: the index uses it from one thread at a time.
class IndexStore {
 public:
  // What lies in the directory, whole and checked.
  struct Contents {
    std::vector<std::shared_ptr<GraphSegment>> graphs;  // tombstones are set
    FlatPoints points;
    uint64_t applied_lsn = 0;
    std::string damage;  // then nothing else is here
  };

  // What is to be saved: every change up to `applied_lsn` has been made to it, some later ones may have been.
  struct State {
    std::vector<std::shared_ptr<GraphSegment>> graphs;
    FlatRows rows;  // of what has no graph yet
    uint64_t applied_lsn = 0;
  };

  // `storage` holds for the graphs that Load and Settle bring.
  IndexStore(std::filesystem::path directory, Shape shape, VectorStorage storage)
      : directory_(std::move(directory), shape), shape_(shape), storage_(storage) {}

  // A directory that is missing is an empty one. Damaged or foreign files are moved to the folder "damaged" inside it
  // (what lay there before is removed), and strays of an interrupted write are removed.
  absl::StatusOr<Contents> Load();

  // Makes the directory when missing. Writes graphs that have no file yet, the points and a new manifest; then removes
  // what is no longer named. `flat_number` names the file of the points.
  absl::Status Save(const State& state, uint64_t flat_number);

  // Writes the file of a graph that was built, and gives the segment as a start would load it. A Save of a state
  // without the segment removes the file.
  absl::StatusOr<std::shared_ptr<GraphSegment>> Settle(const GraphSegment& built);

  // Removes the folder "damaged".
  absl::Status RemoveSetAside() const;

  // Is the segment in the newest manifest?
  bool Holds(const GraphSegment& segment) const { return graph_files_.contains(segment.number()); }
  bool HasManifest() const { return has_manifest_; }

  // Greater than every number in use.
  uint64_t next_number() const { return next_number_; }

 private:
  absl::StatusOr<Contents> LoadAll();
  absl::Status LoadSegment(const Manifest::File& file, Contents& contents);
  absl::Status LoadPoints(const Manifest::File& file, FlatPoints& points) const;
  absl::StatusOr<std::shared_ptr<GraphSegment>> LoadGraph(uint64_t number, FileStamp stamp) const;
  absl::StatusOr<FileStamp> WriteIfMissing(const GraphSegment& segment);

  const IndexDirectory directory_;
  const Shape shape_;
  const VectorStorage storage_;
  std::map<uint64_t, FileStamp> graph_files_;  // by segment number
  bool has_manifest_ = false;
  uint64_t next_number_ = 1;
};

}  // namespace voisin::index
