#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "storage/posting_changes.h"

namespace voisin::storage {

// What the latest writes did to the postings, so that a set read before them is brought up to date without
// reading again. A write is known by the database's sequence number after it. Thread-safe.
class PostingJournal {
 public:
  using Changes = std::shared_ptr<const PostingChanges>;

  explicit PostingJournal(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Writes up to `sequence` are told now or changed no postings. Ascending.
  void Publish(uint64_t sequence, Changes changes);
  // All changes of writes with from < sequence <= to, in order; nothing when they are not known any more, or not
  // yet.
  std::optional<std::vector<Changes>> Between(uint64_t from, uint64_t to) const;

 private:
  struct Write {
    uint64_t sequence = 0;
    Changes changes;
  };

  const size_t max_bytes_;
  mutable Mutex mutex_;
  std::deque<Write> writes_ ABSL_GUARDED_BY(mutex_);  // ascending
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;  // writes up to here
  uint64_t published_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace voisin::storage
