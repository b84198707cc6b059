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

// A word as the index knows it: the caller's 64-bit hash of it. Two words with one hash are one word here.
using TermId = uint64_t;

// One term of a document. A document names each of its terms once, in any order.
struct TermCount {
  TermId term = 0;
  uint32_t count = 1;  // how often it stands there, 1..kMaxTermCount
  bool operator==(const TermCount&) const = default;
};

// A document's length, the sum of its counts, is at most this.
constexpr uint32_t kMaxTermCount = (uint32_t{1} << 24) - 1;

// One term of a query. A term that is named twice counts with the sum of its weights.
struct QueryTerm {
  TermId term = 0;
  float weight = 1;  // more than 0, at most a million
};

// Of Okapi BM25.
struct LexicalParams {
  float k1 = 1.2f;  // how soon repeating a term stops to matter, 0..10
  float b = 0.75f;  // how much a long document has to repeat it more often, 0..1
};

struct LexicalQuery {
  std::span<const QueryTerm> terms;
  uint32_t top_k = 10;               // at least 1
  const PointSet* filter = nullptr;  // null: every live point
  std::optional<float> min_score = {};
};

struct LexicalResult {
  // Best score first; equal scores by ascending id. Only points that have a term of the query.
  std::vector<Neighbor> neighbors = {};
  uint64_t scored = 0;  // pairs of a point and a term that were looked at
};

struct LexicalStats {
  uint64_t points = 0;        // live, those without a term too
  uint64_t dead = 0;          // tombstones that merging has not yet removed
  uint64_t terms = 0;         // dictionary entries of all segments: at least the distinct terms
  uint64_t postings = 0;      // pairs of a point and a term of all segments, of dead points too
  uint64_t memory_bytes = 0;  // heap and mapped files
  uint64_t segments = 0;
};

// An inverted index over documents as bags of terms: the twin of VectorIndex for words. It knows no text.
//
// The score of a document for a query is that of BM25 (Robertson and Zaragoza 2009, The Probabilistic Relevance
// Framework: BM25 and Beyond) as Lucene computes it, the sum over the terms of the query of
//   weight * idf * count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean_length)),
//   idf = ln(1 + (N - n + 0.5) / (n + 0.5)),
// for a term in n of the N documents. N, n and the mean length are those of the live points, exact after every Add and
// Remove; a point without a term counts in N and in the mean length. Scores depend on these figures alone, not on how
// points lie in segments, and sums do not depend on an order.
//
// One segment grows; it is sealed when full and rewritten in the background as an immutable one with compressed
// postings. Small segments are merged, so that their number grows with the logarithm of the points.
//
// Threads: what is const from any number of threads at any time; it takes no lock and never waits for writers. Add,
// Remove and Save from one thread at a time. What Add or Remove did is seen by every Search that starts later.
class LexicalIndex {
 public:
  struct Options {
    LexicalParams params;
    std::filesystem::path directory = {};  // of this index's files, made for the first; empty: memory only
    uint32_t seal_points = 4096;           // a growing segment of this size is sealed
    double max_dead_ratio = 0.3;           // a sealed segment with more tombstones is rewritten
    // Told on the background thread; neither may call the index. Both may be empty.
    std::function<void(uint64_t lsn)> on_saved = {};  // the files hold every change up to `lsn`
    // A merge or its files went wrong: searches stay right, a start replays more. Tried again later.
    std::function<void(const absl::Status&)> on_failure = {};
  };

  // What a start found on disk; as VectorIndex::Opened.
  struct Opened {
    std::unique_ptr<LexicalIndex> index;
    uint64_t applied_lsn = 0;
    std::string damage;
  };

  // `background` outlives the index. Damaged or foreign files are not an error: see Opened.
  static absl::StatusOr<Opened> Open(Options options, ThreadPool* background);
  // Waits for a running merge of this index.
  virtual ~LexicalIndex() = default;

  // InvalidArgument: a term named twice, a count or length out of range, or an id already there.
  virtual absl::Status Add(PointId id, std::span<const TermCount> terms) = 0;
  // Unknown ids are ignored. True when the point was live.
  virtual bool Remove(PointId id) = 0;

  virtual absl::StatusOr<LexicalResult> Search(const LexicalQuery& query) const = 0;
  // The score of each of `points`, by the bit what Search gives it; 0 for one that is not live or has no term of the
  // query.
  virtual absl::StatusOr<std::vector<float>> Score(std::span<const QueryTerm> terms,
                                                   std::span<const PointId> points) const = 0;
  // The idf of each of `terms`, also of one that no point has.
  virtual std::vector<float> InverseDocumentFrequencies(std::span<const TermId> terms) const = 0;

  // Writes everything, growing segment included, so that Open answers `applied_lsn` = `lsn` at once. Crash-safe: the
  // older state stays until the new one is whole. Merges also write their results. No-op for a memory-only index.
  virtual absl::Status Save(uint64_t lsn) = 0;
  // As VectorIndex::Compact: when it returns OK, no word of what was removed before the call is in a file or in memory.
  virtual absl::Status Compact() = 0;
  // As VectorIndex::Consolidate.
  virtual void Consolidate() = 0;
  // For searches begun from now on; nothing is rebuilt. Checked (CheckLexicalParams). From any thread.
  virtual void SetParams(const LexicalParams& params) = 0;
  // Tells the lsn up to which Add and Remove have been called, for the files written in the background.
  virtual void SetAppliedLsn(uint64_t lsn) = 0;

  virtual LexicalStats Stats() const = 0;
  // Seals what grows and returns when everything is merged (tests, benches, end of an import).
  virtual void WaitUntilIndexed() = 0;
};

// OK, or InvalidArgument that says what was expected and what came. Shared with callers that check early.
absl::Status CheckLexicalParams(const LexicalParams& params);
absl::Status CheckTermCounts(std::span<const TermCount> terms);
absl::Status CheckQueryTerms(std::span<const QueryTerm> terms);

}  // namespace voisin::index
