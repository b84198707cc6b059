#include "service/engine.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/periodic_task.h"
#include "base/status_macros.h"
#include "encoder/word_analyzers.h"
#include "service/call.h"
#include "service/collections.h"
#include "service/data_directory.h"
#include "service/embedding.h"
#include "service/errors.h"
#include "service/expiry_sweeper.h"
#include "service/query_batch.h"
#include "service/recall_watch.h"
#include "service/snapshots.h"

namespace voisin::service {
namespace {

class Silence : public Log {
 public:
  void Write(LogLevel, std::string_view, Fields) const override {}
};

int ThreadsOf(const Engine::Options& options) {
  if (options.threads > 0) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

ThreadPool::Options PoolOf(const Engine::Options& options, int nice = 0) {
  return {.threads = ThreadsOf(options), .max_queued = options.queued_requests, .nice = nice};
}

uint64_t ModelsMemoryOf(const Engine::Options& options) {
  if (options.models_memory > 0) return options.models_memory;
  const auto pages = static_cast<uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) / 2;
}

ModelRegistry::Options ModelsOf(const Engine::Options& options) {
  encoder::BatchScheduler::Options scheduler;
  scheduler.threads = ThreadsOf(options);
  scheduler.max_queued_bytes = static_cast<int64_t>(options.queued_text_bytes);
  return {.directory = options.models_dir,
          .default_model = options.default_model,
          .precision = options.precision,
          .scheduler = scheduler,
          .memory = ModelsMemoryOf(options),
          .embedding_cache_bytes = options.embedding_cache_bytes};
}

// Builds of all collections wait here: never refused.
constexpr size_t kMaxQueuedBuilds = 1'000'000;

class EngineImpl : public Engine {
 public:
  EngineImpl(Options options, std::unique_ptr<storage::DocumentStore> store);
  ~EngineImpl() override;
  absl::Status Start();

  Readiness readiness() const override;
  void WaitUntilReady() override;
  absl::Status Drain() override;
  const Limits& limits() const override { return options_.limits; }

  void ListModels(Callback<std::vector<ModelStatus>> done) override;
  void GetModel(std::string name, Callback<ModelStatus> done) override;
  void Embed(EmbedRequest request, CallContext context, Callback<EmbedResult> done) override;
  void Tokenize(TokenizeRequest request, CallContext context,
                Callback<std::vector<std::vector<Token>>> done) override;
  void Similarity(SimilarityRequest request, CallContext context, Callback<std::vector<float>> done) override;

  void CreateCollection(CollectionSpec spec, Callback<CollectionInfo> done) override;
  void GetCollection(std::string id, Callback<CollectionInfo> done) override;
  void ListCollections(Callback<std::vector<CollectionInfo>> done) override;
  void UpdateCollection(std::string id, CollectionParams params, Callback<CollectionInfo> done) override;
  void DeleteCollection(std::string id, Callback<bool> done) override;
  void CompactCollection(std::string id, Callback<CollectionInfo> done) override;
  void MeasureRecall(RecallRequest request, CallContext context, Callback<RecallReport> done) override;

  void Upsert(UpsertRequest request, CallContext context, Callback<UpsertResult> done) override;
  void Get(GetRequest request, Callback<std::vector<std::optional<storage::Document>>> done) override;
  void List(ListRequest request, Callback<ListResult> done) override;
  void Delete(DeleteRequest request, CallContext context, Callback<DeleteResult> done) override;
  void Count(std::string collection, std::string filter, Callback<uint64_t> done) override;
  void Search(SearchRequest request, CallContext context, Callback<SearchResult> done) override;
  void BatchSearch(std::vector<SearchRequest> requests, CallContext context, SearchDone done) override;

  void CreateSnapshot(std::string collection, std::string id, Callback<SnapshotInfo> done) override;
  void ListSnapshots(Callback<std::vector<SnapshotInfo>> done) override;
  void DeleteSnapshot(std::string id, Callback<bool> done) override;
  void RestoreSnapshot(std::string id, std::string collection, Callback<CollectionInfo> done) override;
  void ExportSnapshot(std::string id, Callback<std::shared_ptr<SnapshotReader>> done) override;
  void ImportSnapshot(std::string id, Callback<std::shared_ptr<SnapshotWriter>> done) override;

 private:
  // `done` with the right to run; null when draining, and `done` is then answered.
  template <typename T>
  Callback<T> Admit(Callback<T> done);
  // Calls `work` with the collection and with a callback that keeps both it and the engine.
  template <typename T, typename Work>
  void With(const std::string& collection, Callback<T> done, Work work);
  template <typename T>
  Callback<std::shared_ptr<T>> Running(Callback<std::shared_ptr<T>> done);
  void RecoverAll();

  const Silence silence_;
  const Options options_;
  const Log& log_;
  const std::unique_ptr<storage::DocumentStore> store_;
  ThreadPool index_pool_;
  ThreadPool io_pool_;
  ThreadPool ingest_pool_;
  ThreadPool search_pool_;
  ThreadPool slow_pool_;
  ThreadPool snapshot_pool_;
  ThreadPool load_pool_;
  ModelRegistry models_;
  encoder::WordAnalyzers analyzers_;
  const Runtime runtime_;
  Collections collections_;
  Snapshots snapshots_;
  InFlight in_flight_;
  std::atomic<bool> stopping_ = false;
  Mutex drain_mutex_;
  bool drained_ ABSL_GUARDED_BY(drain_mutex_) = false;
  mutable Mutex mutex_;
  CondVar changed_;
  Readiness readiness_ ABSL_GUARDED_BY(mutex_) = Readiness::recovering;
  std::thread recovery_;
  std::unique_ptr<ExpirySweeper> sweeper_;
  std::unique_ptr<RecallWatch> recall_watch_;
  std::unique_ptr<PeriodicTask> consolidation_;
};

EngineImpl::EngineImpl(Options options, std::unique_ptr<storage::DocumentStore> store)
    : options_(std::move(options)),
      log_(options_.log == nullptr ? silence_ : *options_.log),
      store_(std::move(store)),
      index_pool_({.threads = ThreadsOf(options_), .max_queued = kMaxQueuedBuilds, .nice = kBackgroundNice}),
      io_pool_(PoolOf(options_)),
      ingest_pool_(PoolOf(options_, kWriteNice)),
      search_pool_(PoolOf(options_)),
      slow_pool_({.threads = 1, .max_queued = options_.queued_requests}),
      snapshot_pool_({.threads = 1, .max_queued = options_.queued_requests}),
      load_pool_({.threads = 1, .max_queued = options_.queued_requests}),
      models_(ModelsOf(options_), load_pool_, io_pool_, log_),
      runtime_{log_,
               *store_,
               models_,
               analyzers_,
               search_pool_,
               io_pool_,
               ingest_pool_,
               slow_pool_,
               snapshot_pool_,
               index_pool_,
               DataDirectory{options_.data_dir}.index(),
               options_.limits,
               options_.seal_points},
      collections_(runtime_),
      snapshots_(DataDirectory{options_.data_dir}.snapshots(), runtime_, collections_) {}

EngineImpl::~EngineImpl() {
  (void)Drain();  // what could not be saved is in the log, and is replayed at the next start
}

absl::Status EngineImpl::Start() {
  RETURN_IF_ERROR(collections_.Load());
  RETURN_IF_ERROR(snapshots_.RemoveUnfinished());
  recovery_ = std::thread([this] { RecoverAll(); });
  sweeper_ = std::make_unique<ExpirySweeper>(runtime_, collections_);
  recall_watch_ = std::make_unique<RecallWatch>(runtime_, collections_, options_.recall_period);
  const PeriodicTask::Options quiet{.period = absl::ToChronoNanoseconds(options_.quiet_period)};
  consolidation_ = std::make_unique<PeriodicTask>(quiet, [this] { collections_.ConsolidateQuiet(); });
  return absl::OkStatus();
}

void EngineImpl::RecoverAll() {
  collections_.Recover([this] { return stopping_.load(); });
  MutexLock lock(mutex_);
  if (readiness_ == Readiness::recovering) readiness_ = Readiness::ready;
  changed_.notify_all();
}

Readiness EngineImpl::readiness() const {
  MutexLock lock(mutex_);
  return readiness_;
}

void EngineImpl::WaitUntilReady() {
  MutexLock lock(mutex_);
  while (readiness_ == Readiness::recovering) changed_.wait(mutex_);
}

absl::Status EngineImpl::Drain() {
  in_flight_.Close();
  stopping_ = true;
  {
    MutexLock lock(mutex_);
    readiness_ = Readiness::draining;
    changed_.notify_all();
  }
  MutexLock draining(drain_mutex_);
  if (drained_) return absl::OkStatus();
  drained_ = true;
  in_flight_.WaitUntilIdle();
  if (sweeper_ != nullptr) sweeper_->Stop();
  if (recall_watch_ != nullptr) recall_watch_->Stop();
  if (consolidation_ != nullptr) consolidation_->Stop();
  if (recovery_.joinable()) recovery_.join();
  absl::Status saved = collections_.Save();
  models_.LogCache();
  log_.Info("drained", {{"saved", saved.ok()}});
  return saved;
}

template <typename T>
Callback<T> EngineImpl::Admit(Callback<T> done) {
  InFlight::Ticket ticket = in_flight_.Enter();
  if (ticket != nullptr) return Holding(std::move(ticket), std::move(done));
  done(RetryAfter(absl::UnavailableError("the server is stopping and takes no new requests"),
                  absl::Seconds(1)));
  return nullptr;
}

template <typename T, typename Work>
void EngineImpl::With(const std::string& collection, Callback<T> done, Work work) {
  Callback<T> admitted = Admit(std::move(done));
  if (admitted == nullptr) return;
  absl::StatusOr<Lease> lease = collections_.Use(collection);
  if (!lease.ok()) return admitted(std::move(lease).status());
  Collection& used = **lease;
  work(used, Holding(*std::move(lease), std::move(admitted)));
}

// --- models ---

void EngineImpl::ListModels(Callback<std::vector<ModelStatus>> done) {
  if (auto admitted = Admit(std::move(done))) models_.List(std::move(admitted));
}

void EngineImpl::GetModel(std::string name, Callback<ModelStatus> done) {
  if (auto admitted = Admit(std::move(done))) models_.Describe(std::move(name), std::move(admitted));
}

void EngineImpl::Embed(EmbedRequest request, CallContext context, Callback<EmbedResult> done) {
  auto admitted = Admit(std::move(done));
  if (admitted == nullptr) return;
  service::Embed(models_, options_.limits, std::move(request), std::move(context), std::move(admitted));
}

void EngineImpl::Tokenize(TokenizeRequest request, CallContext context,
                          Callback<std::vector<std::vector<Token>>> done) {
  auto admitted = Admit(std::move(done));
  if (admitted == nullptr) return;
  service::Tokenize(models_, io_pool_, options_.limits, std::move(request), std::move(context),
                    std::move(admitted));
}

void EngineImpl::Similarity(SimilarityRequest request, CallContext context,
                            Callback<std::vector<float>> done) {
  auto admitted = Admit(std::move(done));
  if (admitted == nullptr) return;
  service::Similarity(models_, options_.limits, std::move(request), std::move(context), std::move(admitted));
}

// --- collections ---

void EngineImpl::CreateCollection(CollectionSpec spec, Callback<CollectionInfo> done) {
  if (auto admitted = Admit(std::move(done))) collections_.Create(std::move(spec), std::move(admitted));
}

void EngineImpl::GetCollection(std::string id, Callback<CollectionInfo> done) {
  if (auto admitted = Admit(std::move(done))) collections_.Get(id, std::move(admitted));
}

void EngineImpl::ListCollections(Callback<std::vector<CollectionInfo>> done) {
  if (auto admitted = Admit(std::move(done))) collections_.List(std::move(admitted));
}

void EngineImpl::UpdateCollection(std::string id, CollectionParams params, Callback<CollectionInfo> done) {
  if (auto admitted = Admit(std::move(done))) collections_.Update(id, params, std::move(admitted));
}

void EngineImpl::DeleteCollection(std::string id, Callback<bool> done) {
  if (auto admitted = Admit(std::move(done))) collections_.Delete(id, std::move(admitted));
}

void EngineImpl::CompactCollection(std::string id, Callback<CollectionInfo> done) {
  With(id, std::move(done), [&](Collection& collection, Callback<CollectionInfo> held) {
    Run<CollectionInfo>(slow_pool_, std::move(held), [&collection] { return collection.Compact(); });
  });
}

void EngineImpl::MeasureRecall(RecallRequest request, CallContext context, Callback<RecallReport> done) {
  absl::Status status = CheckRecallRequest(request);
  if (!status.ok()) return done(std::move(status));
  With(request.collection, std::move(done), [&](Collection& collection, Callback<RecallReport> held) {
    Run<RecallReport>(slow_pool_, std::move(held),
                      [&collection, sample = request.sample,
                       context = std::move(context)]() -> absl::StatusOr<RecallReport> {
                        absl::StatusOr<RecallReport> report = collection.MeasureRecall(
                            sample, [&context] { return !CheckWanted(context).ok(); });
                        if (absl::IsCancelled(report.status())) RETURN_IF_ERROR(CheckWanted(context));
                        return report;
                      });
  });
}

// --- documents and search ---

void EngineImpl::Upsert(UpsertRequest request, CallContext context, Callback<UpsertResult> done) {
  const std::string id = request.collection;
  With(id, std::move(done), [&](Collection& collection, Callback<UpsertResult> held) {
    collection.Upsert(std::move(request), std::move(context), std::move(held));
  });
}

void EngineImpl::Get(GetRequest request, Callback<std::vector<std::optional<storage::Document>>> done) {
  const std::string id = request.collection;
  With(id, std::move(done),
       [&](Collection& collection, auto held) { collection.Get(std::move(request), std::move(held)); });
}

void EngineImpl::List(ListRequest request, Callback<ListResult> done) {
  const std::string id = request.collection;
  With(id, std::move(done), [&](Collection& collection, Callback<ListResult> held) {
    collection.List(std::move(request), std::move(held));
  });
}

void EngineImpl::Delete(DeleteRequest request, CallContext context, Callback<DeleteResult> done) {
  const std::string id = request.collection;
  With(id, std::move(done), [&](Collection& collection, Callback<DeleteResult> held) {
    collection.Delete(std::move(request), std::move(context), std::move(held));
  });
}

void EngineImpl::Count(std::string id, std::string filter, Callback<uint64_t> done) {
  With(id, std::move(done),
       [&](Collection& collection, Callback<uint64_t> held) { collection.Count(filter, std::move(held)); });
}

void EngineImpl::Search(SearchRequest request, CallContext context, Callback<SearchResult> done) {
  const std::string id = request.collection;
  With(id, std::move(done), [&](Collection& collection, Callback<SearchResult> held) {
    collection.Search(std::move(request), std::move(context), std::move(held));
  });
}

void EngineImpl::BatchSearch(std::vector<SearchRequest> requests, CallContext context, SearchDone done) {
  const auto batch = std::make_shared<QueryBatch>(static_cast<size_t>(ThreadsOf(options_)), context);
  for (size_t i = 0; i < requests.size(); ++i) {
    const std::string id = requests[i].collection;
    Callback<SearchResult> one = [done, i](absl::StatusOr<SearchResult> result) {
      done(i, std::move(result));
    };
    With(id, std::move(one), [&](Collection& collection, Callback<SearchResult> held) {
      collection.Search(std::move(requests[i]), context, std::move(held), batch);
    });
  }
  batch->Submit();
}

// --- snapshots ---

void EngineImpl::CreateSnapshot(std::string collection, std::string id, Callback<SnapshotInfo> done) {
  With(collection, std::move(done), [&](Collection& used, Callback<SnapshotInfo> held) {
    snapshots_.Create(used, std::move(id), std::move(held));
  });
}

void EngineImpl::ListSnapshots(Callback<std::vector<SnapshotInfo>> done) {
  if (auto admitted = Admit(std::move(done))) snapshots_.List(std::move(admitted));
}

void EngineImpl::DeleteSnapshot(std::string id, Callback<bool> done) {
  if (auto admitted = Admit(std::move(done))) snapshots_.Delete(std::move(id), std::move(admitted));
}

void EngineImpl::RestoreSnapshot(std::string id, std::string collection, Callback<CollectionInfo> done) {
  auto admitted = Admit(std::move(done));
  if (admitted == nullptr) return;
  snapshots_.Restore(std::move(id), std::move(collection), std::move(admitted));
}

// A reader or writer runs for longer than the call that made it.
template <typename T>
Callback<std::shared_ptr<T>> EngineImpl::Running(Callback<std::shared_ptr<T>> done) {
  InFlight::Ticket ticket = in_flight_.Enter();
  return [ticket = std::move(ticket), done = std::move(done)](absl::StatusOr<std::shared_ptr<T>> made) {
    if (!made.ok()) return done(std::move(made));
    if (ticket == nullptr) return done(absl::UnavailableError("the server is stopping"));
    struct Held {
      InFlight::Ticket ticket;
      std::shared_ptr<T> made;  // last: let go first
    };
    const auto held = std::make_shared<Held>(Held{ticket, *std::move(made)});
    done(std::shared_ptr<T>(held, held->made.get()));
  };
}

void EngineImpl::ExportSnapshot(std::string id, Callback<std::shared_ptr<SnapshotReader>> done) {
  auto admitted = Admit(std::move(done));
  if (admitted != nullptr) snapshots_.Export(std::move(id), Running(std::move(admitted)));
}

void EngineImpl::ImportSnapshot(std::string id, Callback<std::shared_ptr<SnapshotWriter>> done) {
  auto admitted = Admit(std::move(done));
  if (admitted != nullptr) snapshots_.Import(std::move(id), Running(std::move(admitted)));
}

// The store's refusal names its own folder; the caller knows the data directory.
absl::Status DescribeOpen(const std::filesystem::path& data_dir, const absl::Status& status) {
  if (!absl::IsFailedPrecondition(status)) return status;
  return BrokenPrecondition("DATA_DIRECTORY", data_dir.string(),
                            "data directory " + data_dir.string() + ": " + std::string(MessageOf(status)));
}

// One line when writes begin to be refused, one when they work again.
std::function<void(const absl::Status&)> WriteHealthTo(const Log& log) {
  return [&log](const absl::Status& status) {
    if (status.ok()) {
      log.Info("writes_recovered");
    } else {
      log.Error("writes_refused", {{"reason", MessageOf(status)}});
    }
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(Options options) {
  const DataDirectory directory{options.data_dir};
  RETURN_IF_ERROR(PrepareDataDirectory(directory));
  storage::DocumentStore::Options store_options;
  store_options.directory = directory.database();
  store_options.max_queued_bytes = options.queued_write_bytes;
  if (options.log != nullptr) store_options.on_write_health = WriteHealthTo(*options.log);
  auto store = storage::DocumentStore::Open(std::move(store_options));
  if (!store.ok()) return DescribeOpen(options.data_dir, store.status());
  RETURN_IF_ERROR(MarkDataDirectory(directory));
  auto engine = std::make_unique<EngineImpl>(std::move(options), *std::move(store));
  RETURN_IF_ERROR(engine->Start());
  return engine;
}

}  // namespace voisin::service
