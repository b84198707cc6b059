#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "base/mutex.h"
#include "service/collection_definition.h"
#include "service/in_flight.h"
#include "service/query_sample.h"
#include "service/runtime.h"

namespace voisin::encoder {
class SharedAnalyzer;
}

namespace voisin::service {

// Requests on their way through the pools (collection_search.cc, collection_writes.cc).
struct SearchCall;
struct UpsertCall;
struct RetrievalQuery;
class QueryBatch;
class RecallMeter;

// One collection: its documents in the store, their vectors in one index, their words in another, its model.
//
// Threads: requests come from any thread once Recover has succeeded; they check on the caller's and continue
// on the pools of the runtime. The indexes are written by the log's answering thread only. A request's callback keeps the
// collection alive.
class Collection {
 public:
  enum class State { recovering, ready, failed };

  Collection(storage::CollectionRecord record, const Runtime& runtime);
  ~Collection();

  const std::string& id() const { return record_.id; }
  storage::CollectionNumber number() const { return record_.number; }
  State state() const { return state_.load(std::memory_order_acquire); }
  // OK when ready; Unavailable while recovering; else why the recovery failed.
  absl::Status CheckReady() const;
  InFlight& users() { return users_; }

  // --- lifecycle: one thread at a time ---
  // Ends ready or failed; or as it was, when `stop` answered true.
  void Recover(const std::function<bool()>& stop);
  // Writes the indexes and forgets the changes that it then holds. Nobody uses the collection meanwhile.
  absl::Status Save();
  // Rewrites index and store without what has been replaced or deleted; blocks on disk and on graph builds. Requests
  // go on meanwhile.
  absl::StatusOr<CollectionInfo> Compact();
  // Of a sample of the newest searches, compared with exact ones; blocks for as long as these take. Cancelled when
  // `stop` answers true.
  absl::StatusOr<RecallReport> MeasureRecall(uint32_t sample, const std::function<bool()>& stop);
  // Where searches came, or the index grew, since the last call: measures, tunes ef_search to the collection's target,
  // and warns when that is missed. One call at a time.
  absl::Status WatchRecall(const std::function<bool()>& stop);
  // Lets the index come together where nothing has been written since the last call. One call at a time.
  void ConsolidateIfQuiet();
  // Links the files of the indexes and the store's into the new folders index/, lexical/ and db/ of `directory`;
  // blocks on disk.
  // Nothing that replays the one up to the other is missing there.
  absl::Status LinkFiles(const std::filesystem::path& directory) ABSL_LOCKS_EXCLUDED(trim_mutex_);
  // Frees index and files. Nobody uses the collection from here on.
  void RemoveFiles();

  // --- requests ---
  absl::StatusOr<CollectionInfo> Info() const;                            // blocks on disk
  absl::StatusOr<CollectionInfo> Update(const CollectionParams& params);  // blocks on disk
  void Upsert(UpsertRequest request, CallContext context, Callback<UpsertResult> done);
  void Delete(DeleteRequest request, CallContext context, Callback<DeleteResult> done);
  // Deletes these versions, if they still live.
  void DeleteVersions(std::vector<storage::Deletion> deletions, Callback<DeleteResult> done);
  void Get(GetRequest request, Callback<std::vector<std::optional<storage::Document>>> done);
  void List(ListRequest request, Callback<ListResult> done);
  void Count(const std::string& filter, Callback<uint64_t> done);
  // `batch`: the text is encoded with those of the call's other searches.
  void Search(SearchRequest request, CallContext context, Callback<SearchResult> done,
              std::shared_ptr<QueryBatch> batch = nullptr);

 private:
  enum class Part : size_t { vectors, words };  // what changes are kept for
  static constexpr size_t kParts = 2;

  CollectionDefinition definition() const ABSL_LOCKS_EXCLUDED(mutex_);
  void Fail(absl::Status failure) ABSL_LOCKS_EXCLUDED(mutex_);
  std::filesystem::path directory() const;
  index::VectorIndex::Options VectorOptions();
  index::LexicalIndex::Options LexicalOptions();
  std::function<void(const absl::Status&)> FailureLog();
  absl::Status RecoverIndexes(const std::function<bool()>& stop);
  // Finds the analyzer of the collection's language; gives documents that format 1 wrote their terms.
  absl::Status PrepareWords(const std::function<bool()>& stop);
  absl::Status Define(CollectionDefinition changed) ABSL_LOCKS_EXCLUDED(mutex_);
  // The files of a part hold every change up to `lsn`: forgets those that no part needs.
  void Saved(Part part, storage::Lsn lsn) ABSL_LOCKS_EXCLUDED(trim_mutex_);
  // The collection's model, if it is the one the collection was made with.
  void FindModel(Callback<ModelPtr> done);
  absl::Status CheckFingerprint(const Model& model) const;
  absl::StatusOr<uint64_t> LiveCount() const;

  absl::StatusOr<ListResult> ReadPage(const ListRequest& request) const;

  absl::Status PlanUpsert(UpsertCall& call) const;
  // Finds the words of the texts and encodes what has no vector, unless the request id has been answered before.
  void PrepareUpsert(std::shared_ptr<UpsertCall> call);
  void EncodeDocuments(std::shared_ptr<UpsertCall> call);
  void AppendUpsert(std::shared_ptr<UpsertCall> call);
  absl::StatusOr<std::vector<storage::Deletion>> FindDeletions(const std::string& filter) const;
  void AppendDeletions(std::vector<storage::Deletion> deletions, std::string request_id,
                       Callback<DeleteResult> done);
  // On the log's answering thread, in log order: the indexes follow what the store has made durable.
  void Apply(const storage::Entry& entry, const storage::Applied& applied);

  absl::Status PlanSearch(SearchCall& call) const;
  void EncodeQuery(std::shared_ptr<SearchCall> call);
  void ScheduleSearch(std::shared_ptr<SearchCall> call);
  RetrievalQuery QueryOf(SearchCall& call, uint64_t& analysis_us) const;
  absl::StatusOr<SearchResult> RunSearch(SearchCall& call) const;
  absl::Status ShowExcerpts(const SearchCall& call, SearchResult& result) const;

  // What a measurement of recall depends on.
  struct Watched {
    uint64_t queries = 0;
    uint64_t graph_points = 0;
    uint64_t segments = 0;
    double target = 0;
  };
  bool RecallIsStale(const Watched& now) const;
  absl::StatusOr<RecallMeter> MakeMeter(size_t sample, RecallReport& report,
                                        const std::function<bool()>& stop) const;
  absl::Status AddStoredQueries(size_t count, std::vector<std::vector<float>>& queries) const;
  absl::Status TuneEf(const RecallMeter& meter, double target, RecallReport& report);
  void Publish(const RecallReport& report) ABSL_LOCKS_EXCLUDED(mutex_);

  const Runtime& runtime_;
  const storage::CollectionRecord record_;  // its definition is the one at start; definition() is today's
  std::atomic<State> state_ = State::recovering;
  std::atomic<storage::Lsn> lsn_ = 0;  // the last one that the indexes show
  // Set before state_ becomes ready:
  std::unique_ptr<index::VectorIndex> index_;
  std::unique_ptr<index::LexicalIndex> words_;
  const encoder::SharedAnalyzer* analyzer_ = nullptr;
  InFlight users_;
  mutable QuerySample queries_;  // of searches over a graph, without a filter
  Watched watched_;              // by the newest WatchRecall
  storage::Lsn seen_lsn_ = 0;    // by the newest ConsolidateIfQuiet
  Mutex update_mutex_;           // one Update at a time; taken before mutex_
  Mutex trim_mutex_;             // held while changes are forgotten, and while what needs them is linked
  std::array<storage::Lsn, kParts> saved_ ABSL_GUARDED_BY(trim_mutex_) = {};
  mutable Mutex mutex_;
  CollectionDefinition definition_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::optional<double> measured_recall_ ABSL_GUARDED_BY(mutex_);
};

// InvalidArgument for a sample that is too large.
absl::Status CheckRecallRequest(const RecallRequest& request);

}  // namespace voisin::service
