#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "index/point_set.h"

namespace voisin {
class ThreadPool;
}

namespace voisin::index {

struct Query {
  std::span<const float> vector;  // `dimensions` floats, finite; not zero under cosine
  uint32_t top_k = 10;
  uint32_t ef = 0;                   // 0: the index's ef_search; raised to top_k where smaller
  bool exact = false;                // scan everything that the filter lets through
  const PointSet* filter = nullptr;  // null: every live point
  std::optional<float> min_score = {};
};

enum class SearchPath { exact, ann, filtered_exact, filtered_ann };

// Why: of the largest graph that was searched.
enum class PathReason {
  no_graph,     // no point is behind a graph yet: all were scanned
  exact_asked,  // Query.exact: scanned
  few_points,   // scanning what may be an answer is cheaper than a walk
  no_filter,    // walked
  wide_filter,  // the filter lets most points through: walked, and what it does not let through was left out
  narrow_filter,  // walked over what the filter lets through only
};

struct SearchResult {
  std::vector<Neighbor> neighbors = {};  // best score first; equal scores by ascending id
  SearchPath path = SearchPath::exact;
  PathReason reason = PathReason::no_graph;
  uint64_t scored = 0;  // vectors compared with the query, by their codes or whole
};

struct IndexStats {
  uint64_t points = 0;        // live
  uint64_t dead = 0;          // tombstones that compaction has not yet removed
  uint64_t graph_points = 0;  // live points behind a graph; the others are scanned
  uint64_t memory_bytes = 0;  // heap and mapped links, ids, codes and those vectors that stay in memory
  uint64_t segments = 0;
};

// Approximate nearest neighbours over segments: one growing segment that is scanned exactly and sealed
// segments with an HNSW graph, one node per distinct vector. Building and compaction run on the background
// pool.
//
// Threads: Search and Stats from any number of threads at any time; they take no lock and never wait for
// writers. Add, Remove and Save from one thread at a time. What Add or Remove did is seen by every Search
// that starts later.
class VectorIndex {
 public:
  struct Options {
    uint32_t dimensions = 0;  // 1..8192
    Metric metric = Metric::cosine;
    IndexParams params;
    VectorStorage vector_storage = VectorStorage::float32;  // of indexes with a directory
    std::filesystem::path directory = {};  // of this index's files, made for the first; empty: memory only
    uint32_t seal_points = 4096;  // a growing segment of this size is sealed; until then a search scans it
    double max_dead_ratio = 0.3;  // a sealed segment with more tombstones is rebuilt
    // Told on the background thread; neither may call the index. Both may be empty.
    std::function<void(uint64_t lsn)> on_saved = {};  // the files hold every change up to `lsn`
    // A build or its files went wrong: points stay scanned, or a start replays more. Tried again later.
    std::function<void(const absl::Status&)> on_failure = {};
  };

  // What a start found on disk.
  struct Opened {
    std::unique_ptr<VectorIndex> index;
    // Every change with an lsn up to this one is in the index; the caller replays the later ones (replaying
    // an older one again does no harm). 0: nothing usable was found, replay everything.
    uint64_t applied_lsn = 0;
    std::string damage;  // empty, or what was wrong with the files (they are then set aside and not used)
  };

  // `background` outlives the index. Damaged or foreign files are not an error: see Opened.
  static absl::StatusOr<Opened> Open(Options options, ThreadPool* background);
  // Waits for a running build of this index.
  virtual ~VectorIndex() = default;

  // InvalidArgument: wrong dimension, not finite, zero under cosine, or an id already there.
  virtual absl::Status Add(PointId id, std::span<const float> vector) = 0;
  // Unknown ids are ignored. True when the point was live.
  virtual bool Remove(PointId id) = 0;

  virtual absl::StatusOr<SearchResult> Search(const Query& query) const = 0;

  // Writes everything, growing segment included, so that Open answers `applied_lsn` = `lsn` at once.
  // Crash-safe: the older state stays until the new one is whole. Sealed segments are also written on their
  // own, when their graph is built. No-op for a memory-only index.
  virtual absl::Status Save(uint64_t lsn) = 0;
  // Writes everything as Save does, up to the lsn of SetAppliedLsn, but first rebuilds every segment that holds a
  // removed vector: when it returns OK, what was removed before the call is in no file and in no memory of the index.
  // Blocks until the graphs are built. From any thread.
  virtual absl::Status Compact() = 0;
  // For times when nobody has written for a while, so that searches then look into one graph: where that is worth a
  // build, seals what grows and lets the background bring small segments into the largest. From any thread.
  virtual void Consolidate() = 0;
  // For graphs built and searches begun from now on; checked (CheckParams). From any thread.
  virtual void SetParams(const IndexParams& params) = 0;
  // Tells the lsn up to which Add and Remove have been called, for the files written in the background.
  virtual void SetAppliedLsn(uint64_t lsn) = 0;

  virtual IndexStats Stats() const = 0;
  // Seals what grows and returns when every graph is built (tests, benches, end of an import).
  virtual void WaitUntilIndexed() = 0;
};

// OK, or InvalidArgument that says what was expected and what came. Shared by Add, Search and callers that
// check early.
absl::Status CheckVector(std::span<const float> vector, uint32_t dimensions, Metric metric);
inline constexpr uint32_t kMaxDimensions = 8192;
absl::Status CheckDimensions(uint32_t dimensions);
absl::Status CheckParams(const IndexParams& params);

// Bytes of memory that a vector behind a graph takes, its links and its id with it, on the average. For checked
// dimensions and parameters.
uint64_t BytesPerVector(uint32_t dimensions, const IndexParams& params, VectorStorage storage);

}  // namespace voisin::index
