#pragma once

#include <deque>
#include <functional>
#include <thread>

#include "base/mutex.h"
#include "storage/rocks_catalog.h"

namespace voisin::storage {

// The log's one thread: takes the entries that wait, writes them as one group with one sync, answers them in
// order.
class Log {
 public:
  Log(Database& database, Catalog& catalog, size_t max_queued_bytes, std::function<int64_t()> clock_us);
  // Completes what is queued.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // See DocumentStore::Append.
  absl::Status Append(Entry entry, DocumentStore::Done done);

 private:
  struct Waiting {
    Entry entry;
    DocumentStore::Done done;
    size_t bytes = 0;
  };
  using Waitings = std::vector<Waiting>;
  using Answers = std::vector<absl::StatusOr<Applied>>;

  void Run();
  Waitings TakeGroup();  // empty: the end
  void Finish(Waitings group, Answers answers);
  Answers Commit(const Waitings& group);
  void SweepNowAndThen();

  Database& database_;
  Catalog& catalog_;
  const size_t max_queued_bytes_;
  const std::function<int64_t()> clock_us_;
  int64_t next_sweep_us_;  // the thread's own

  Mutex mutex_;
  CondVar wake_;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of queue_ and of the group in work
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Removes the answers to request ids that are older than kRequestLifeUs.
absl::Status SweepRequests(Database& database, int64_t now_us);

}  // namespace voisin::storage
