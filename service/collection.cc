#include "service/collection.h"

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "index/index_links.h"
#include "service/errors.h"
#include "service/recovery.h"

namespace voisin::service {

int64_t NowMicros() { return absl::ToUnixMicros(absl::Now()); }

Collection::Collection(storage::CollectionRecord record, const Runtime& runtime)
    : runtime_(runtime), record_(std::move(record)) {
  absl::StatusOr<CollectionDefinition> decoded = DecodeDefinition(record_.definition);
  if (decoded.ok()) {
    MutexLock lock(mutex_);
    definition_ = *std::move(decoded);
  } else {
    Fail(std::move(decoded).status());
  }
}

Collection::~Collection() = default;

CollectionDefinition Collection::definition() const {
  MutexLock lock(mutex_);
  return definition_;
}

std::filesystem::path Collection::directory() const {
  return runtime_.index_dir / std::to_string(record_.number);
}

void Collection::Fail(absl::Status failure) {
  {
    MutexLock lock(mutex_);
    failure_ = std::move(failure);
  }
  state_.store(State::failed, std::memory_order_release);
}

absl::Status Collection::CheckReady() const {
  switch (state()) {
    case State::recovering:
      return RetryAfter(
          absl::UnavailableError("collection \"" + id() + "\" is being recovered; try again soon"),
          absl::Milliseconds(500));
    case State::ready:
      return absl::OkStatus();
    case State::failed: {
      MutexLock lock(mutex_);
      return failure_;
    }
  }
  return absl::OkStatus();
}

index::VectorIndex::Options Collection::IndexOptions() {
  const CollectionDefinition known = definition();
  index::VectorIndex::Options options;
  options.dimensions = known.dimensions;
  options.metric = known.metric;
  options.params = known.params;
  options.directory = directory();
  options.seal_points = runtime_.seal_points;
  options.on_saved = [this](uint64_t lsn) { TrimChanges(lsn); };
  options.on_failure = [this](const absl::Status& status) {
    runtime_.log.Error("index_failed", {{"collection", id()}, {"reason", MessageOf(status)}});
  };
  return options;
}

// What fails here is tried again after the next save; until then a start replays nothing more.
void Collection::TrimChanges(storage::Lsn lsn) {
  MutexLock lock(trim_mutex_);
  const absl::Status trimmed = runtime_.store.TrimChanges(number(), lsn);
  if (trimmed.ok() || absl::IsNotFound(trimmed)) return;  // deleted meanwhile
  runtime_.log.Warning("trim_failed", {{"collection", id()}, {"reason", MessageOf(trimmed)}});
}

void Collection::Recover(const std::function<bool()>& stop) {
  if (state() != State::recovering) return;
  const RecoveryInput input{number(), id(), IndexOptions(), stop};
  absl::StatusOr<RecoveredIndex> recovered =
      RecoverIndex(input, runtime_.store, runtime_.index_pool, runtime_.log);
  if (absl::IsCancelled(recovered.status())) return;
  if (!recovered.ok()) {
    runtime_.log.Error("collection_failed",
                       {{"collection", id()}, {"reason", MessageOf(recovered.status())}});
    return Fail(std::move(recovered).status());
  }
  index_ = std::move(recovered->index);
  lsn_ = recovered->lsn;
  state_.store(State::ready, std::memory_order_release);
}

absl::Status Collection::Save() {
  if (state() != State::ready) return absl::OkStatus();
  const storage::Lsn lsn = lsn_;
  RETURN_IF_ERROR(index_->Save(lsn));
  return runtime_.store.TrimChanges(number(), lsn);
}

// The index first: what the store has beyond it can be replayed, the other way round it could not.
absl::Status Collection::LinkFiles(const std::filesystem::path& target) {
  MutexLock lock(trim_mutex_);
  RETURN_IF_ERROR(index::LinkIndexFiles(directory(), target / "index").status());
  return runtime_.store.Checkpoint(target / "db");
}

void Collection::RemoveFiles() {
  index_.reset();
  std::error_code error;
  std::filesystem::remove_all(directory(), error);
  if (!error) return;
  runtime_.log.Warning("index_files_left", {{"collection", id()}, {"reason", error.message()}});
}

absl::StatusOr<uint64_t> Collection::LiveCount() const {
  const int64_t now_us = NowMicros();
  ASSIGN_OR_RETURN(const std::vector<storage::Expired> expired, runtime_.store.FindExpired(now_us, 1));
  if (expired.empty()) return runtime_.store.Count(number());
  ASSIGN_OR_RETURN(const storage::FilterMatch match,
                   runtime_.store.Match(number(), storage::Filter(), now_us));
  return match.points.size();
}

absl::StatusOr<CollectionInfo> Collection::Info() const {
  const CollectionDefinition known = definition();
  CollectionInfo info;
  info.spec = {id(), known.model, known.dimensions, known.metric, known.params};
  info.model_fingerprint = known.model_fingerprint;
  info.create_time_us = record_.create_time_us;
  ASSIGN_OR_RETURN(info.document_count, LiveCount());
  ASSIGN_OR_RETURN(info.storage_bytes, runtime_.store.ApproximateBytes(number()));
  if (state() != State::ready) return info;
  const index::IndexStats stats = index_->Stats();
  info.memory_bytes = stats.memory_bytes;
  if (stats.points > runtime_.seal_points) {
    info.indexed_fraction = static_cast<double>(stats.graph_points) / static_cast<double>(stats.points);
  }
  return info;
}

absl::StatusOr<CollectionInfo> Collection::Update(const index::IndexParams& params) {
  MutexLock updating(update_mutex_);
  CollectionDefinition changed = definition();
  changed.params = params;
  storage::CollectionRecord record = record_;
  record.definition = EncodeDefinition(changed);
  RETURN_IF_ERROR(runtime_.store.UpdateCollection(record));
  {
    MutexLock lock(mutex_);
    definition_ = std::move(changed);
  }
  index_->SetParams(params);
  return Info();
}

absl::Status Collection::CheckFingerprint(const Model& model) const {
  const CollectionDefinition known = definition();
  const std::string& loaded = model.info().fingerprint;
  if (known.model_fingerprint == loaded) return absl::OkStatus();
  return BrokenPrecondition("MODEL_FINGERPRINT", "collections/" + id(),
                            "collection \"" + id() + "\" holds vectors of model \"" + known.model +
                                "\" with fingerprint " + known.model_fingerprint +
                                ", but the model loaded here has fingerprint " + loaded +
                                "; vectors of two models are never mixed");
}

void Collection::FindModel(Callback<ModelPtr> done) {
  runtime_.models.Find(definition().model, [this, done = std::move(done)](absl::StatusOr<ModelPtr> model) {
    if (!model.ok()) return done(std::move(model).status());
    if (absl::Status status = CheckFingerprint(**model); !status.ok()) return done(std::move(status));
    done(std::move(model));
  });
}

}  // namespace voisin::service
