#pragma once

#include <map>
#include <optional>

#include "base/mutex.h"
#include "storage/document_store.h"
#include "storage/record.h"
#include "storage/rocks_database.h"

namespace voisin::storage {

// The collections and where the log of each stands: kept in memory, written through. Thread-safe.
class Catalog {
 public:
  static absl::StatusOr<std::unique_ptr<Catalog>> Load(Database& database);

  absl::StatusOr<CollectionRecord> Create(CollectionRecord record);
  absl::Status Update(const CollectionRecord& record);
  absl::Status Delete(CollectionNumber number);
  std::vector<CollectionRecord> List() const;
  // A number for a collection of this id whose rows come from elsewhere: until FinishRestore they are nobody's,
  // and a start removes them. AlreadyExists.
  absl::StatusOr<CollectionNumber> BeginRestore(const std::string& id);
  // The rows of record.number are there: makes them a collection. AlreadyExists when the id was taken meanwhile.
  absl::Status FinishRestore(const CollectionRecord& record, const CollectionState& state);
  // Removes the rows instead.
  absl::Status AbandonRestore(CollectionNumber number);
  // Forgets changes with lsn <= through.
  absl::Status Trim(CollectionNumber number, Lsn through);

  // NotFound names the number.
  absl::StatusOr<CollectionState> State(CollectionNumber number) const;
  // The caller has written these states and still holds writing().
  void Publish(const std::map<CollectionNumber, CollectionState>& states);

 private:
  struct Collection {
    CollectionRecord record;
    CollectionState state;
  };

  explicit Catalog(Database& database) : database_(database) {}
  absl::Status LoadCollections();
  absl::Status LoadNextNumber();
  absl::Status AbandonRestores();
  absl::Status LoadCollection(CollectionNumber number, std::string_view bytes);
  absl::StatusOr<CollectionState> ReadState(CollectionNumber number) const;
  absl::Status CheckIdIsFree(const std::string& id) const;
  absl::StatusOr<CollectionNumber> TakeNumber(rocksdb::WriteBatch& batch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_.writing());

  Database& database_;
  CollectionNumber next_number_ ABSL_GUARDED_BY(database_.writing()) = 1;
  mutable Mutex mutex_;  // taken after writing(), never held over I/O
  std::map<CollectionNumber, Collection> collections_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace voisin::storage
