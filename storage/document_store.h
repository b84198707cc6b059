#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "storage/document.h"
#include "storage/filter_match.h"

namespace voisin::storage {

enum class Table;  // keys.h

// What the store keeps of a collection. `definition` is the service's own encoding, opaque here.
struct CollectionRecord {
  CollectionNumber number = 0;  // given by CreateCollection
  std::string id;
  std::string definition;
  int64_t create_time_us = 0;
  bool operator==(const CollectionRecord&) const = default;
};

// Where the log of a collection stands: it changes with every entry.
struct CollectionState {
  Lsn last_lsn = 0;
  uint64_t count = 0;  // live documents
  Lsn trimmed = 0;     // changes up to here are forgotten
  bool operator==(const CollectionState&) const = default;
};

// A document's terms, by the point that it lives at.
struct PointTerms {
  PointId point = 0;
  std::vector<TermCount> terms;
};

struct Deletion {
  std::string id;
  std::optional<PointId> only_version;  // delete nothing when another version lives by then
};

// One entry of a collection's ordered log: applied whole or not at all, durable before it is acknowledged.
struct Entry {
  CollectionNumber collection = 0;
  std::string request_id;         // not empty: the same id again answers as the first time and writes nothing
  std::vector<Document> upserts;  // distinct ids, vectors filled in
  std::vector<Deletion> deletions;
  uint32_t remark = 0;  // part of the caller's answer, opaque here
};

// upserts[i] has PointId first_point + i.
struct Applied {
  Lsn lsn = 0;  // of the entry: its last
  PointId first_point = 0;
  uint32_t upserted = 0;
  uint32_t deleted = 0;
  uint32_t remark = 0;           // the entry's
  std::vector<PointId> removed;  // versions that this entry replaced or deleted
  bool replayed = false;         // the request_id was known: nothing was written, the numbers are the first's
  bool operator==(const Applied&) const = default;
};

// One change as the log keeps it, for an index that catches up.
struct Change {
  Lsn lsn = 0;
  PointId first_point = 0;
  uint32_t upserted = 0;  // points first_point .. first_point + upserted - 1 were written
  std::vector<PointId> removed;
};

struct ListPage {
  std::vector<StoredDocument> documents;  // ascending ids (bytes)
  std::string next_after;                 // empty: the end; else the `after` of the next page
};

struct Expired {
  CollectionNumber collection = 0;
  std::string id;
  PointId point = 0;
};

// One collection as a snapshot keeps it: read-only files beside the store. For one thread.
class CollectionImage {
 public:
  // Of the collection in the database of a checkpoint. NotFound when it was not there.
  static absl::StatusOr<std::unique_ptr<CollectionImage>> OpenDatabase(const std::filesystem::path& directory,
                                                                       CollectionNumber number);
  // Of the folder of files that WriteTables wrote for record.number.
  static std::unique_ptr<CollectionImage> OpenTables(std::filesystem::path folder, CollectionRecord record,
                                                     const CollectionState& state);
  virtual ~CollectionImage() = default;

  virtual const CollectionRecord& record() const = 0;
  virtual const CollectionState& state() const = 0;
  // Every row of the tables that are not derived (keys.h): its table, its key without the collection, its value; keys of a table ascend. DataLoss when
  // there are not as many documents as state() says. Stops at the first error of `visit`, and returns it.
  using Visit = std::function<absl::Status(Table table, std::string_view key, std::string_view value)>;
  virtual absl::Status ForEachRow(const Visit& visit) const = 0;
  // Writes all rows, as those of collection `number`, to files in the folder `to` (made here):
  // TABLE-NNNNNN.sst, each in the order of keys. Returns their names, ascending. Errors as above.
  virtual absl::StatusOr<std::vector<std::string>> WriteTables(const std::filesystem::path& to,
                                                               CollectionNumber number) const = 0;
};

// Documents, metadata and vectors of all collections: the truth. One RocksDB below `directory`. Thread-safe.
class DocumentStore {
 public:
  struct Options {
    std::filesystem::path directory;
    size_t block_cache_bytes = 256 << 20;
    size_t max_queued_bytes = 256 << 20;   // of entries that wait for the log
    size_t filter_cache_bytes = 64 << 20;  // of sets that filters stand for
    std::function<int64_t()> clock_us;  // microseconds since 1970, from any thread; empty: the system's clock
    // Called by the thread that writes: with the error when writes begin to fail, with Ok when they work again.
    std::function<void(const absl::Status&)> on_write_health = {};
  };
  // FailedPrecondition when another process has the directory open (names it) or its format is newer;
  // DataLoss when bytes are damaged.
  static absl::StatusOr<std::unique_ptr<DocumentStore>> Open(Options options);
  // Completes what is queued.
  virtual ~DocumentStore() = default;

  // --- collections (synced) ---
  // Fills in number. AlreadyExists.
  virtual absl::StatusOr<CollectionRecord> CreateCollection(CollectionRecord record) = 0;
  virtual absl::Status UpdateCollection(const CollectionRecord& record) = 0;
  // Removes the collection and all it holds. Entries of it that wait fail with NotFound.
  virtual absl::Status DeleteCollection(CollectionNumber number) = 0;
  virtual absl::StatusOr<std::vector<CollectionRecord>> ListCollections() const = 0;

  // When it returns, no file of the store holds what had been replaced or deleted in this collection before the call,
  // as far as no snapshot and no read that still runs needs it. Rewrites the collection's files; writes and reads go on.
  virtual absl::Status Compact(CollectionNumber number) = 0;

  // --- snapshots ---
  // All collections as of one moment, as a database of its own in the new folder `directory`: hard links and
  // a few copied bytes; writes go on. ResourceExhausted when the disk is full.
  virtual absl::Status Checkpoint(const std::filesystem::path& directory) = 0;
  // Makes a collection `id` with all that the image holds, at once or not at all, also over a crash. `prepare` is
  // told the collection's number before it is there, and may refuse. AlreadyExists; ResourceExhausted when the
  // disk is full.
  virtual absl::StatusOr<CollectionRecord> RestoreCollection(
      const std::string& id, const CollectionImage& image,
      const std::function<absl::Status(CollectionNumber)>& prepare) = 0;

  // --- the log ---
  // Called once per entry, in log order and one at a time, after the entry is durable (synced WAL; entries that
  // wait at the same time share one sync) or has failed; later entries are written meanwhile. Must be quick. `entry` comes back so that its
  // vectors can be indexed.
  using Done = std::function<void(Entry entry, absl::StatusOr<Applied> applied)>;
  // Never blocks on I/O. ResourceExhausted, `done` never called, when max_queued_bytes wait.
  virtual absl::Status Append(Entry entry, Done done) = 0;
  // The answer to the first entry with this request_id, for as long as it is known; nothing for a new one.
  // Saves the work before Append; an entry on its way is not seen yet.
  virtual absl::StatusOr<std::optional<Applied>> FindRequest(CollectionNumber collection,
                                                             std::string_view request_id) const = 0;
  // Lsn of the last durable entry of a collection; 0 when there is none.
  virtual absl::StatusOr<Lsn> LastLsn(CollectionNumber collection) const = 0;
  // Changes with lsn > after, ascending. Stops at the first error that `visit` returns, and returns it.
  // OutOfRange, and nothing visited, when changes after `after` have been forgotten: rebuild from ReadVectors
  // then.
  virtual absl::Status ReadChanges(CollectionNumber collection, Lsn after,
                                   const std::function<absl::Status(const Change&)>& visit) const = 0;
  // Forgets changes with lsn <= through (a durable index has them).
  virtual absl::Status TrimChanges(CollectionNumber collection, Lsn through) = 0;

  // --- reads: each sees one consistent moment ---
  virtual absl::StatusOr<std::optional<StoredDocument>> Get(CollectionNumber collection, std::string_view id,
                                                            ReadMask mask) const = 0;
  // One result per id / point, in order; nothing for what does not live.
  virtual absl::StatusOr<std::vector<std::optional<StoredDocument>>> GetMany(CollectionNumber collection,
                                                                             std::span<const std::string> ids,
                                                                             ReadMask mask) const = 0;
  virtual absl::StatusOr<std::vector<std::optional<StoredDocument>>> GetPoints(
      CollectionNumber collection, std::span<const PointId> points, ReadMask mask) const = 0;
  // At most `limit` documents with ids > after that match, ids ascending; filters as in Match.
  virtual absl::StatusOr<ListPage> List(CollectionNumber collection, const Filter& filter,
                                        std::string_view after, size_t limit, ReadMask mask) const = 0;
  // The live documents that match; `now_us`, if not 0, leaves the expired out. Here as wherever a filter comes:
  // InvalidArgument when it compares a field with a type of which no document has a value there while some have
  // other values.
  virtual absl::StatusOr<FilterMatch> Match(CollectionNumber collection, const Filter& filter,
                                            int64_t now_us) const = 0;
  // Ids and points of the same documents, for deletion by filter.
  virtual absl::StatusOr<std::vector<Deletion>> MatchingDeletions(CollectionNumber collection,
                                                                  const Filter& filter,
                                                                  int64_t now_us) const = 0;
  virtual absl::StatusOr<uint64_t> Count(CollectionNumber collection) const = 0;  // kept, not counted
  // Every live point > after, ascending, with its vector: what an index is rebuilt from.
  virtual absl::Status ReadVectors(
      CollectionNumber collection, PointId after,
      const std::function<absl::Status(PointId, std::span<const float>)>& visit) const = 0;
  // The same of the terms; points without, see PutTerms, are not visited.
  virtual absl::Status ReadTerms(
      CollectionNumber collection, PointId after,
      const std::function<absl::Status(PointId, std::span<const TermCount>)>& visit) const = 0;
  // Gives live documents of a collection that format 1 wrote their terms. Nobody writes to the collection
  // meanwhile. Durable no later than the next UpdateCollection.
  virtual absl::Status PutTerms(CollectionNumber collection, std::span<const PointTerms> terms) = 0;
  // Documents whose time had come by `now_us`, at most `limit`.
  virtual absl::StatusOr<std::vector<Expired>> FindExpired(int64_t now_us, size_t limit) const = 0;
  virtual absl::StatusOr<uint64_t> ApproximateBytes(CollectionNumber collection) const = 0;  // on disk
};

}  // namespace voisin::storage
