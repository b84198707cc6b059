#pragma once

#include <functional>
#include <string_view>

#include "service/log.h"
#include "storage/document_store.h"

namespace voisin::service {

// An index of a collection as its recovery sees it (recoverable_indexes.h).
class RecoverableIndex {
 public:
  struct Found {
    storage::Lsn applied_lsn = 0;  // every change up to it is in the files
    std::string damage;            // empty, or why they cannot be used
  };
  virtual ~RecoverableIndex() = default;

  virtual std::string_view name() const = 0;  // for log lines
  virtual absl::StatusOr<Found> Open() = 0;
  // Closed, so that Open begins with nothing.
  virtual absl::Status RemoveFiles() = 0;

  // --- while it is open ---
  virtual uint64_t points() const = 0;
  virtual storage::ReadMask needs() const = 0;  // what Add looks at
  virtual absl::Status Add(const storage::StoredDocument& stored) = 0;
  virtual void Remove(storage::PointId point) = 0;
  // Adds every live point of the store; calls `each` before every one, and returns its error.
  virtual absl::Status AddAll(const storage::DocumentStore& store, storage::CollectionNumber number,
                              const std::function<absl::Status()>& each) = 0;
  virtual void SetAppliedLsn(storage::Lsn lsn) = 0;
};

// Brings an index of a collection to exactly the store's live points: what the files hold, then the changes
// since; or, when files are damaged, changes are missing or the counts differ, everything from the store.
struct RecoveryInput {
  storage::CollectionNumber number = 0;
  std::string id;              // for log lines
  std::function<bool()> stop;  // asked now and then; true ends the recovery with Cancelled
};

struct Recovered {
  storage::Lsn lsn = 0;      // the collection's last
  storage::Lsn durable = 0;  // every change up to it is in the files
  uint64_t replayed = 0;     // points that were not in the files
  bool rebuilt = false;
};

// Nobody writes to the collection meanwhile.
absl::StatusOr<Recovered> RecoverIndex(const RecoveryInput& input, RecoverableIndex& index,
                                       const storage::DocumentStore& store, const Log& log);

}  // namespace voisin::service
