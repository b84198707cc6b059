#include "service/collections.h"

#include <algorithm>
#include <set>

#include "base/status_macros.h"
#include "encoder/word_analyzers.h"
#include "service/call.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

absl::Status NoSuchCollection(const std::string& id) {
  return NotFoundResource("collection", "collections/" + id, "no collection \"" + id + "\"");
}

// Null when the collection is being deleted.
Lease LeaseOf(const std::shared_ptr<Collection>& collection) {
  struct Held {
    std::shared_ptr<Collection> collection;
    InFlight::Ticket ticket;  // last: let go first
  };
  auto held = std::make_shared<Held>(Held{collection, collection->users().Enter()});
  if (held->ticket == nullptr) return nullptr;
  return Lease(held, collection.get());
}

absl::Status CheckTargetRecall(double target) {
  if (target >= 0 && target <= 1) return absl::OkStatus();  // false for what is not a number
  return InvalidField("collection.target_recall", "expected 0 (none) to 1, got " + std::to_string(target));
}

absl::Status CheckSpec(const CollectionSpec& spec) {
  RETURN_IF_ERROR(CheckCollectionId("collection_id", spec.id));
  if (!spec.model.empty()) RETURN_IF_ERROR(CheckModelName("collection.model", spec.model));
  RETURN_IF_ERROR(AtField("collection.index", index::CheckParams(spec.params)));
  RETURN_IF_ERROR(AtField("collection.lexical", index::CheckLexicalParams(spec.lexical.params)));
  RETURN_IF_ERROR(CheckTargetRecall(spec.target_recall));
  if (spec.dimensions > index::kMaxDimensions || (spec.dimensions == 0 && spec.model.empty())) {
    return InvalidField("collection.dimensions", "expected 1 to " + std::to_string(index::kMaxDimensions) +
                                                     " (0 only with a model: the model's), got " +
                                                     std::to_string(spec.dimensions));
  }
  return absl::OkStatus();
}

CollectionDefinition DefinitionOf(const CollectionSpec& spec) {
  return {.model = spec.model,
          .model_fingerprint = "",
          .dimensions = spec.dimensions,
          .metric = spec.metric,
          .params = spec.params,
          .lexical = spec.lexical,
          .target_recall = spec.target_recall,
          .vector_storage = spec.vector_storage};
}

absl::StatusOr<CollectionDefinition> DefinitionWith(const CollectionSpec& spec, const Model& model) {
  CollectionDefinition definition = DefinitionOf(spec);
  definition.model_fingerprint = model.info().fingerprint;
  definition.dimensions = static_cast<uint32_t>(model.info().dimensions);
  if (definition.lexical.language.empty()) definition.lexical.language = model.info().language;
  if (definition.dimensions > index::kMaxDimensions) {
    return InvalidField("collection.model", "expected a model of 1 to " +
                                                std::to_string(index::kMaxDimensions) + " dimensions, got " +
                                                std::to_string(definition.dimensions));
  }
  if (spec.dimensions == 0 || spec.dimensions == definition.dimensions) return definition;
  return InvalidField("collection.dimensions", "expected 0 or " + std::to_string(definition.dimensions) +
                                                   ", the model's, got " + std::to_string(spec.dimensions));
}

}  // namespace

absl::Status CollectionExists(const std::string& id) {
  return ExistingResource("collection", "collections/" + id, "collection \"" + id + "\" exists already");
}

Collections::Collections(const Runtime& runtime) : runtime_(runtime) {}
Collections::~Collections() = default;

absl::Status Collections::Load() {
  ASSIGN_OR_RETURN(std::vector<storage::CollectionRecord> records, runtime_.store.ListCollections());
  {
    MutexLock lock(mutex_);
    for (storage::CollectionRecord& record : records) {
      std::string id = record.id;
      by_id_.emplace(std::move(id), std::make_shared<Collection>(std::move(record), runtime_));
    }
  }
  RemoveOrphans();
  return absl::OkStatus();
}

// A stop between the deletion of a collection and of its files leaves such.
void Collections::RemoveOrphans() {
  std::set<std::string> known;
  for (const CollectionPtr& collection : All()) known.insert(std::to_string(collection->number()));
  std::error_code error;
  std::vector<fs::path> orphans;
  for (fs::directory_iterator at(runtime_.index_dir, error), end; !error && at != end; at.increment(error)) {
    if (!known.contains(at->path().filename().string())) orphans.push_back(at->path());
  }
  for (const fs::path& orphan : orphans) {
    runtime_.log.Info("orphan_removed", {{"path", orphan.string()}});
    fs::remove_all(orphan, error);
  }
}

void Collections::Recover(const std::function<bool()>& stop) {
  for (const CollectionPtr& collection : All()) {
    if (stop()) return;
    collection->Recover(stop);
  }
}

absl::Status Collections::Save() {
  absl::Status first;
  for (const CollectionPtr& collection : All()) {
    const absl::Status saved = collection->Save();
    if (saved.ok()) continue;
    runtime_.log.Error("save_failed", {{"collection", collection->id()}, {"reason", MessageOf(saved)}});
    first.Update(saved);
  }
  return first;
}

std::vector<Collections::CollectionPtr> Collections::All() {
  MutexLock lock(mutex_);
  std::vector<CollectionPtr> all;
  for (const auto& [id, collection] : by_id_) all.push_back(collection);
  return all;
}

absl::StatusOr<Lease> Collections::Find(const std::string& id) {
  RETURN_IF_ERROR(CheckCollectionId("collection", id));
  MutexLock lock(mutex_);
  const auto found = by_id_.find(id);
  Lease lease = found == by_id_.end() ? nullptr : LeaseOf(found->second);
  if (lease == nullptr) return NoSuchCollection(id);
  return lease;
}

absl::StatusOr<Lease> Collections::Use(const std::string& id) {
  ASSIGN_OR_RETURN(Lease lease, Find(id));
  RETURN_IF_ERROR(lease->CheckReady());
  return lease;
}

Lease Collections::UseNumber(storage::CollectionNumber number) {
  for (const CollectionPtr& collection : All()) {
    if (collection->number() != number) continue;
    return collection->state() == Collection::State::ready ? LeaseOf(collection) : nullptr;
  }
  return nullptr;
}

// "" stays "": it is the model's, or none.
absl::Status Collections::ResolveLanguage(CollectionSpec& spec) const {
  if (spec.lexical.language.empty() && !spec.model.empty()) return absl::OkStatus();
  const auto analyzer = runtime_.analyzers.ForLanguage(spec.lexical.language);
  if (!analyzer.ok()) return AtField("collection.lexical.language", analyzer.status());
  spec.lexical.language = (*analyzer)->language();
  return absl::OkStatus();
}

std::vector<storage::CollectionNumber> Collections::Numbers() {
  std::vector<storage::CollectionNumber> numbers;
  for (const CollectionPtr& collection : All()) numbers.push_back(collection->number());
  return numbers;
}

void Collections::ConsolidateQuiet() {
  for (const storage::CollectionNumber number : Numbers()) {
    if (const Lease collection = UseNumber(number); collection != nullptr) collection->ConsolidateIfQuiet();
  }
}

void Collections::Create(CollectionSpec spec, Callback<CollectionInfo> done) {
  absl::Status status = CheckSpec(spec);
  if (status.ok()) status = ResolveLanguage(spec);
  if (!status.ok()) return done(std::move(status));
  if (!spec.model.empty()) return CreateWithModel(std::move(spec), std::move(done));
  Run<CollectionInfo>(runtime_.io_pool, std::move(done),
                      [this, spec = std::move(spec)] { return Store(spec, DefinitionOf(spec)); });
}

void Collections::CreateWithModel(CollectionSpec spec, Callback<CollectionInfo> done) {
  std::string model = spec.model;
  runtime_.models.Find(std::move(model), [this, spec = std::move(spec),
                                          done = std::move(done)](absl::StatusOr<ModelPtr> found) {
    if (!found.ok()) return done(std::move(found).status());
    absl::StatusOr<CollectionDefinition> definition = DefinitionWith(spec, **found);
    if (!definition.ok()) return done(std::move(definition).status());
    Run<CollectionInfo>(runtime_.io_pool, done, [this, spec, definition = *std::move(definition)] {
      return Store(spec, definition);
    });
  });
}

absl::StatusOr<CollectionInfo> Collections::Plan(const std::string& id,
                                                 const CollectionDefinition& definition) {
  MutexLock lock(mutex_);
  if (by_id_.contains(id)) return CollectionExists(id);
  CollectionInfo info = InfoOf(id, definition);
  info.create_time_us = NowMicros();
  return info;
}

absl::StatusOr<CollectionInfo> Collections::Store(const CollectionSpec& spec,
                                                  const CollectionDefinition& definition) {
  const std::string& id = spec.id;
  if (spec.validate_only) return Plan(id, definition);
  absl::StatusOr<storage::CollectionRecord> record =
      runtime_.store.CreateCollection({0, id, EncodeDefinition(definition), NowMicros()});
  if (absl::IsAlreadyExists(record.status())) return CollectionExists(id);
  RETURN_IF_ERROR(record.status());
  return Adopt(*std::move(record));
}

absl::StatusOr<CollectionInfo> Collections::Adopt(storage::CollectionRecord record) {
  const std::string id = record.id;
  auto collection = std::make_shared<Collection>(std::move(record), runtime_);
  collection->Recover([] { return false; });
  {
    MutexLock lock(mutex_);
    by_id_[id] = collection;
  }
  RETURN_IF_ERROR(collection->CheckReady());
  return collection->Info();
}

void Collections::Get(const std::string& id, Callback<CollectionInfo> done) {
  absl::StatusOr<Lease> lease = Find(id);
  if (!lease.ok()) return done(std::move(lease).status());
  Run<CollectionInfo>(runtime_.io_pool, std::move(done),
                      [lease = *std::move(lease)] { return lease->Info(); });
}

void Collections::List(Callback<std::vector<CollectionInfo>> done) {
  using Infos = std::vector<CollectionInfo>;
  Run<Infos>(runtime_.io_pool, std::move(done), [this]() -> absl::StatusOr<Infos> {
    Infos infos;
    for (const CollectionPtr& collection : All()) {
      const Lease lease = LeaseOf(collection);
      if (lease == nullptr) continue;  // being deleted
      ASSIGN_OR_RETURN(CollectionInfo info, lease->Info());
      infos.push_back(std::move(info));
    }
    return infos;
  });
}

void Collections::Update(const std::string& id, CollectionParams params, Callback<CollectionInfo> done) {
  absl::Status status = AtField("collection.index", index::CheckParams(params.index));
  status.Update(AtField("collection.lexical", index::CheckLexicalParams(params.lexical)));
  status.Update(CheckTargetRecall(params.target_recall));
  if (!status.ok()) return done(std::move(status));
  absl::StatusOr<Lease> lease = Use(id);
  if (!lease.ok()) return done(std::move(lease).status());
  Run<CollectionInfo>(runtime_.io_pool, std::move(done),
                      [lease = *std::move(lease), params] { return lease->Update(params); });
}

void Collections::Delete(const std::string& id, Callback<bool> done) {
  const absl::StatusOr<Lease> lease = Find(id);
  absl::Status status = lease.status();
  if (status.ok() && (*lease)->state() == Collection::State::recovering) status = (*lease)->CheckReady();
  if (!status.ok()) return done(std::move(status));
  Run<bool>(runtime_.slow_pool, std::move(done), [this, id] { return Remove(id); });
}

// The store goes first: what is queued for the collection then fails, and a stop in between leaves only
// files.
absl::StatusOr<bool> Collections::Remove(const std::string& id) {
  CollectionPtr collection;
  {
    MutexLock lock(mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return NoSuchCollection(id);
    collection = found->second;
  }
  const absl::Status deleted = runtime_.store.DeleteCollection(collection->number());
  if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
  collection->users().Close();
  {
    MutexLock lock(mutex_);
    const auto found = by_id_.find(id);
    if (found != by_id_.end() && found->second == collection) by_id_.erase(found);  // not a new one
  }
  collection->users().WaitUntilIdle();
  collection->RemoveFiles();
  return true;
}

}  // namespace voisin::service
