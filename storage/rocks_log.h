#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "base/mutex.h"
#include "base/thread_pool.h"
#include "storage/rocks_catalog.h"

namespace voisin::storage {

// Two threads: one takes the entries that wait and writes them as one group with one sync, the other answers
// them in order. While callers are answered, more than a few bytes are written at once, so that the disk is not
// idle; a few wait for those callers' next entries, to share a sync with them. Both give way to reads (kWriteNice).
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
  using Written = std::pair<Waitings, Answers>;

  void Run();
  Waitings TakeGroup();  // empty: the end
  bool HasGroup() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Answers Commit(const Waitings& group);
  void HandOver(Waitings group, Answers answers);
  void Answer(Written& written);  // on the thread that answers
  void SweepNowAndThen();

  Database& database_;
  Catalog& catalog_;
  const size_t max_queued_bytes_;
  const std::function<int64_t()> clock_us_;
  int64_t next_sweep_us_;  // the thread's own

  Mutex mutex_;
  CondVar wake_;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;     // of queue_
  size_t unanswered_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the groups taken and not answered yet
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  ThreadPool answering_;  // one thread; max_queued_bytes_ bounds what waits for it
  std::thread thread_;
};

// Removes the answers to request ids that are older than kRequestLifeUs.
absl::Status SweepRequests(Database& database, int64_t now_us);

}  // namespace voisin::storage
