#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "service/log.h"
#include "service/types.h"

namespace voisin::service {

// When a caller stops waiting. `cancelled` may be empty; it is asked from worker threads.
struct CallContext {
  absl::Time deadline = absl::InfiniteFuture();
  std::function<bool()> cancelled;
};

// What one request may ask for; more is InvalidArgument that names the limit.
struct Limits {
  uint32_t texts_per_request = 4096;
  uint32_t documents_per_request = 4096;
  size_t text_bytes = 1 << 20;       // of one text
  size_t metadata_bytes = 64 << 10;  // of one document, encoded
  uint32_t top_k = 1000;
  uint32_t searches_per_batch = 1000;
};

enum class Readiness { recovering, ready, draining };

template <typename T>
using Callback = std::function<void(absl::StatusOr<T>)>;

// The bytes of a snapshot's archive, in order. One call at a time.
class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  // The next bytes, about a MiB; empty at the end. DataLoss when the snapshot is damaged.
  virtual void Read(Callback<std::string> done) = 0;
};

// Takes the bytes of an archive, in order. One call at a time. Unfinished, it leaves nothing.
class SnapshotWriter {
 public:
  virtual ~SnapshotWriter() = default;
  // DataLoss for bytes of no archive, FailedPrecondition for one that is newer than this program. Returns
  // the bytes so far.
  virtual void Write(std::string bytes, Callback<uint64_t> done) = 0;
  // The snapshot that is listed from now on. AlreadyExists.
  virtual void Finish(Callback<SnapshotInfo> done) = 0;
};

// voisin without a transport: models, collections, documents, search over one data directory.
//
// Threads: every method may be called from any thread, checks its input on the caller's, and never blocks on
// disk or on encoding; the callback is called exactly once, on a thread of the engine (or on the caller's
// when refused at once). Errors carry what was expected and what came; service/errors.h says which details
// ride on a Status.
class Engine {
 public:
  struct Options {
    std::filesystem::path data_dir;    // made when missing
    std::filesystem::path models_dir;  // its sub-directories are the models
    std::string default_model = "use-lite-en";
    encoder::Precision precision = encoder::Precision::fp32;  // of all models
    int threads = 0;                                          // of each pool; 0: the number of CPUs
    uint64_t models_memory = 0;  // bytes that loaded models may take together; 0: half of the machine's
    size_t embedding_cache_bytes = 64 << 20;  // over all models; 0: no cache
    size_t queued_text_bytes = 64 << 20;
    size_t queued_write_bytes = 256 << 20;
    size_t queued_requests = 4096;  // that wait for a thread
    Limits limits;
    uint32_t seal_points = 4096;                      // see index::VectorIndex
    absl::Duration recall_period = absl::Minutes(1);  // between two measurements of recall in the background
    absl::Duration quiet_period = absl::Seconds(5);   // without a write, before an index is brought together
    const Log* log = nullptr;                         // outlives the engine; null: silence
  };
  // FailedPrecondition when another process serves the data directory. Collections are recovered in the
  // background: until then they answer Unavailable and readiness() is recovering.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(Options options);
  // Drain, then close.
  virtual ~Engine() = default;

  virtual Readiness readiness() const = 0;
  virtual void WaitUntilReady() = 0;
  // Refuses new work with Unavailable, finishes what runs, writes every index. Idempotent.
  virtual absl::Status Drain() = 0;
  virtual const Limits& limits() const = 0;

  // --- models; those that are only listed or described are not loaded ---
  virtual void ListModels(Callback<std::vector<ModelStatus>> done) = 0;
  virtual void GetModel(std::string name, Callback<ModelStatus> done) = 0;
  virtual void Embed(EmbedRequest request, CallContext context, Callback<EmbedResult> done) = 0;
  virtual void Tokenize(TokenizeRequest request, CallContext context,
                        Callback<std::vector<std::vector<Token>>> done) = 0;
  virtual void Similarity(SimilarityRequest request, CallContext context,
                          Callback<std::vector<float>> done) = 0;

  // --- collections; names are ids, without "collections/" ---
  virtual void CreateCollection(CollectionSpec spec, Callback<CollectionInfo> done) = 0;
  virtual void GetCollection(std::string id, Callback<CollectionInfo> done) = 0;
  virtual void ListCollections(Callback<std::vector<CollectionInfo>> done) = 0;  // ascending ids
  virtual void UpdateCollection(std::string id, CollectionParams params, Callback<CollectionInfo> done) = 0;
  virtual void DeleteCollection(std::string id, Callback<bool> done) = 0;
  // Rewrites a collection's files without what has been replaced or deleted; answers when that is done. One at a time,
  // the others wait. Snapshots keep what they hold.
  virtual void CompactCollection(std::string id, Callback<CollectionInfo> done) = 0;
  // Searches a sample of the newest queries exactly, and compares. One at a time, the others wait.
  virtual void MeasureRecall(RecallRequest request, CallContext context, Callback<RecallReport> done) = 0;

  // --- documents ---
  virtual void Upsert(UpsertRequest request, CallContext context, Callback<UpsertResult> done) = 0;
  virtual void Get(GetRequest request, Callback<std::vector<std::optional<storage::Document>>> done) = 0;
  virtual void List(ListRequest request, Callback<ListResult> done) = 0;
  virtual void Delete(DeleteRequest request, CallContext context, Callback<DeleteResult> done) = 0;
  virtual void Count(std::string collection, std::string filter, Callback<uint64_t> done) = 0;

  // --- search ---
  virtual void Search(SearchRequest request, CallContext context, Callback<SearchResult> done) = 0;
  // As many calls of Search, but texts of one model are encoded together. `done` is called once for each
  // request, by its position, in any order and from several threads at the same time.
  using SearchDone = std::function<void(size_t position, absl::StatusOr<SearchResult> result)>;
  virtual void BatchSearch(std::vector<SearchRequest> requests, CallContext context, SearchDone done) = 0;

  // --- snapshots: whole or not there, one made, restored or packed at a time, the others wait; an empty `id`
  // is made of the collection and the time ---
  virtual void CreateSnapshot(std::string collection, std::string id, Callback<SnapshotInfo> done) = 0;
  virtual void ListSnapshots(Callback<std::vector<SnapshotInfo>> done) = 0;  // ascending ids
  virtual void DeleteSnapshot(std::string id, Callback<bool> done) = 0;
  // As a new collection; the snapshot stays.
  virtual void RestoreSnapshot(std::string id, std::string collection, Callback<CollectionInfo> done) = 0;
  virtual void ExportSnapshot(std::string id, Callback<std::shared_ptr<SnapshotReader>> done) = 0;
  virtual void ImportSnapshot(std::string id, Callback<std::shared_ptr<SnapshotWriter>> done) = 0;
};

}  // namespace voisin::service
