#include "service/collection.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "encoder/word_analyzers.h"
#include "index/index_links.h"
#include "service/errors.h"
#include "service/recoverable_indexes.h"
#include "service/stored_terms.h"

namespace voisin::service {
namespace {

// Of the model's texts; "none" where it is not there to ask. Blocks.
std::string LanguageOf(ModelRegistry& models, const std::string& model) {
  if (model.empty()) return "none";
  std::promise<std::string> language;
  models.Describe(model, [&](const absl::StatusOr<ModelStatus>& status) {
    language.set_value(status.ok() ? status->language : "none");
  });
  return language.get_future().get();
}

}  // namespace

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

std::function<void(const absl::Status&)> Collection::FailureLog() {
  return [this](const absl::Status& status) {
    runtime_.log.Error("index_failed", {{"collection", id()}, {"reason", MessageOf(status)}});
  };
}

index::VectorIndex::Options Collection::VectorOptions() {
  const CollectionDefinition known = definition();
  index::VectorIndex::Options options;
  options.dimensions = known.dimensions;
  options.metric = known.metric;
  options.params = known.params;
  options.vector_storage = known.vector_storage;
  options.directory = directory();
  options.seal_points = runtime_.seal_points;
  options.on_saved = [this](uint64_t lsn) { Saved(Part::vectors, lsn); };
  options.on_failure = FailureLog();
  return options;
}

index::LexicalIndex::Options Collection::LexicalOptions() {
  index::LexicalIndex::Options options;
  options.params = definition().lexical.params;
  options.directory = directory() / kLexicalFolder;
  options.seal_points = runtime_.seal_points;
  options.on_saved = [this](uint64_t lsn) { Saved(Part::words, lsn); };
  options.on_failure = FailureLog();
  return options;
}

// What fails here is tried again after the next save; until then a start replays nothing more.
void Collection::Saved(Part part, storage::Lsn lsn) {
  MutexLock lock(trim_mutex_);
  storage::Lsn& saved = saved_[static_cast<size_t>(part)];
  saved = std::max(saved, lsn);
  const absl::Status trimmed = runtime_.store.TrimChanges(number(), *std::ranges::min_element(saved_));
  if (trimmed.ok() || absl::IsNotFound(trimmed)) return;  // deleted meanwhile
  runtime_.log.Warning("trim_failed", {{"collection", id()}, {"reason", MessageOf(trimmed)}});
}

absl::Status Collection::Define(CollectionDefinition changed) {
  storage::CollectionRecord record = record_;
  record.definition = EncodeDefinition(changed);
  RETURN_IF_ERROR(runtime_.store.UpdateCollection(record));
  MutexLock lock(mutex_);
  definition_ = std::move(changed);
  return absl::OkStatus();
}

absl::Status Collection::PrepareWords(const std::function<bool()>& stop) {
  CollectionDefinition known = definition();
  if (!known.has_terms) known.lexical.language = LanguageOf(runtime_.models, known.model);
  ASSIGN_OR_RETURN(analyzer_, runtime_.analyzers.ForLanguage(known.lexical.language));
  if (known.has_terms) return absl::OkStatus();
  RETURN_IF_ERROR(WriteStoredTerms(runtime_.store, number(), *analyzer_, stop));
  known.has_terms = true;
  runtime_.log.Info("collection_upgraded", {{"collection", id()}, {"language", analyzer_->language()}});
  return Define(std::move(known));
}

absl::Status Collection::RecoverIndexes(const std::function<bool()>& stop) {
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(PrepareWords(stop));
  const RecoveryInput input{number(), id(), stop};
  RecoverableVectors vectors(VectorOptions(), runtime_.index_pool);
  RecoverableWords words(LexicalOptions(), runtime_.index_pool);
  ASSIGN_OR_RETURN(const Recovered of_vectors, RecoverIndex(input, vectors, runtime_.store, runtime_.log));
  ASSIGN_OR_RETURN(const Recovered of_words, RecoverIndex(input, words, runtime_.store, runtime_.log));
  index_ = vectors.Take();
  words_ = words.Take();
  lsn_ = of_vectors.lsn;
  Saved(Part::vectors, of_vectors.durable);
  Saved(Part::words, of_words.durable);
  runtime_.log.Info("collection_ready", {{"collection", id()},
                                         {"lsn", of_vectors.lsn},
                                         {"points", index_->Stats().points},
                                         {"replayed", std::max(of_vectors.replayed, of_words.replayed)},
                                         {"rebuilt", of_vectors.rebuilt || of_words.rebuilt},
                                         {"milliseconds", absl::ToInt64Milliseconds(absl::Now() - start)}});
  return absl::OkStatus();
}

void Collection::Recover(const std::function<bool()>& stop) {
  if (state() != State::recovering) return;
  absl::Status recovered = RecoverIndexes(stop);
  if (absl::IsCancelled(recovered)) return;
  if (!recovered.ok()) {
    runtime_.log.Error("collection_failed", {{"collection", id()}, {"reason", MessageOf(recovered)}});
    return Fail(std::move(recovered));
  }
  state_.store(State::ready, std::memory_order_release);
}

absl::Status Collection::Save() {
  if (state() != State::ready) return absl::OkStatus();
  const storage::Lsn lsn = lsn_;
  RETURN_IF_ERROR(index_->Save(lsn));
  RETURN_IF_ERROR(words_->Save(lsn));
  return runtime_.store.TrimChanges(number(), lsn);
}

// The indexes first: the store then forgets the changes that they hold.
absl::StatusOr<CollectionInfo> Collection::Compact() {
  RETURN_IF_ERROR(index_->Compact());
  RETURN_IF_ERROR(words_->Compact());
  RETURN_IF_ERROR(runtime_.store.Compact(number()));
  return Info();
}

// The indexes first: what the store has beyond them can be replayed, the other way round it could not.
absl::Status Collection::LinkFiles(const std::filesystem::path& target) {
  MutexLock lock(trim_mutex_);
  RETURN_IF_ERROR(index::LinkIndexFiles(directory(), target / "index").status());
  RETURN_IF_ERROR(index::LinkIndexFiles(directory() / kLexicalFolder, target / kLexicalFolder).status());
  return runtime_.store.Checkpoint(target / "db");
}

void Collection::RemoveFiles() {
  index_.reset();
  words_.reset();
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
  CollectionInfo info = InfoOf(id(), definition());
  info.create_time_us = record_.create_time_us;
  ASSIGN_OR_RETURN(info.document_count, LiveCount());
  ASSIGN_OR_RETURN(info.storage_bytes, runtime_.store.ApproximateBytes(number()));
  {
    MutexLock lock(mutex_);
    info.measured_recall = measured_recall_;
  }
  if (state() != State::ready) return info;
  const index::IndexStats stats = index_->Stats();
  const index::LexicalStats words = words_->Stats();
  info.memory_bytes = stats.memory_bytes + words.memory_bytes;
  info.lexical_terms = words.terms;
  if (stats.points > runtime_.seal_points) {
    info.indexed_fraction = static_cast<double>(stats.graph_points) / static_cast<double>(stats.points);
  }
  return info;
}

void Collection::ConsolidateIfQuiet() {
  if (state() != State::ready) return;
  const storage::Lsn now = lsn_.load(std::memory_order_acquire);
  if (std::exchange(seen_lsn_, now) != now) return;
  index_->Consolidate();
  words_->Consolidate();
}

absl::StatusOr<CollectionInfo> Collection::Update(const CollectionParams& params) {
  MutexLock updating(update_mutex_);
  CollectionDefinition changed = definition();
  changed.params = params.index;
  changed.lexical.params = params.lexical;
  changed.target_recall = params.target_recall;
  RETURN_IF_ERROR(Define(std::move(changed)));
  index_->SetParams(params.index);
  words_->SetParams(params.lexical);
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
