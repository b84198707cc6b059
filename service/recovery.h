#pragma once

#include <functional>
#include <memory>

#include "index/vector_index.h"
#include "service/log.h"
#include "storage/document_store.h"

namespace voisin::service {

// Brings a collection's index to exactly the store's live points: what the files hold, then the changes
// since; or, when files are damaged, changes are missing or the counts differ, everything from the store's
// vectors.
struct RecoveryInput {
  storage::CollectionNumber number = 0;
  std::string id;  // for log lines
  index::VectorIndex::Options index;
  std::function<bool()> stop;  // asked now and then; true ends the recovery with Cancelled
};

struct RecoveredIndex {
  std::unique_ptr<index::VectorIndex> index;
  storage::Lsn lsn = 0;   // the collection's last
  uint64_t replayed = 0;  // points that were not in the files
  bool rebuilt = false;
};

// Nobody writes to the collection meanwhile. `background` outlives the index.
absl::StatusOr<RecoveredIndex> RecoverIndex(const RecoveryInput& input, const storage::DocumentStore& store,
                                            ThreadPool& background, const Log& log);

}  // namespace voisin::service
