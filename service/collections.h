#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "service/collection.h"

namespace voisin::service {

// A collection in use: it is not deleted while a lease of it is held.
using Lease = std::shared_ptr<Collection>;

// `done` that holds something (a lease, a ticket) until it is destroyed.
template <typename T, typename Held>
Callback<T> Holding(Held held, Callback<T> done) {
  struct Holder {
    Callback<T> done;
    Held held;  // last: let go before what `done` holds
    void operator()(absl::StatusOr<T> result) const { done(std::move(result)); }
  };
  return Holder{std::move(done), std::move(held)};
}

// AlreadyExists, by the collection's name.
absl::Status CollectionExists(const std::string& id);

// The collections of an engine by id. Thread-safe.
class Collections {
 public:
  explicit Collections(const Runtime& runtime);
  ~Collections();

  // Takes the store's records; every collection is then recovering. Index folders of no collection are
  // removed.
  absl::Status Load();
  // One collection after the other; returns early when `stop` answers true.
  void Recover(const std::function<bool()>& stop);
  // Nobody uses a collection meanwhile. The first failure, after all were tried.
  absl::Status Save();

  // InvalidArgument, NotFound, Unavailable (recovering) or the recovery's failure.
  absl::StatusOr<Lease> Use(const std::string& id);
  std::vector<storage::CollectionNumber> Numbers();
  // Null when it does not exist or is not ready.
  Lease UseNumber(storage::CollectionNumber number);
  // Collection::ConsolidateIfQuiet of each. One call at a time.
  void ConsolidateQuiet();

  void Create(CollectionSpec spec, Callback<CollectionInfo> done);
  // Opens a collection that the store has and that is not known here yet; blocks on disk.
  absl::StatusOr<CollectionInfo> Adopt(storage::CollectionRecord record);
  void Get(const std::string& id, Callback<CollectionInfo> done);
  void List(Callback<std::vector<CollectionInfo>> done);
  void Update(const std::string& id, CollectionParams params, Callback<CollectionInfo> done);
  void Delete(const std::string& id, Callback<bool> done);

 private:
  using CollectionPtr = std::shared_ptr<Collection>;

  absl::StatusOr<Lease> Find(const std::string& id);  // whatever its state
  std::vector<CollectionPtr> All();
  absl::Status ResolveLanguage(CollectionSpec& spec) const;
  void CreateWithModel(CollectionSpec spec, Callback<CollectionInfo> done);
  // Blocks on disk. With spec.validate_only nothing is stored.
  absl::StatusOr<CollectionInfo> Store(const CollectionSpec& spec, const CollectionDefinition& definition);
  absl::StatusOr<CollectionInfo> Plan(const std::string& id, const CollectionDefinition& definition);
  // Waits for its users; one call at a time (the slow pool has one thread).
  absl::StatusOr<bool> Remove(const std::string& id);
  void RemoveOrphans();

  const Runtime& runtime_;
  Mutex mutex_;
  std::map<std::string, CollectionPtr> by_id_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace voisin::service
