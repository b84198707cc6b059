#pragma once

#include <array>
#include <memory>

#include "base/mutex.h"
#include "rocksdb/db.h"
#include "storage/document_store.h"
#include "storage/keys.h"
#include "storage/posting_journal.h"

namespace voisin::storage {

inline constexpr size_t kJournalBytes = 16 << 20;

// The open RocksDB: tables, one write path, key ranges. Thread-safe as RocksDB is.
class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DocumentStore::Options& options);
  // Writes nothing and takes no lock, so for files that nobody writes meanwhile. NotFound: there never was a
  // database. Only reads are allowed.
  static absl::StatusOr<std::unique_ptr<Database>> OpenReadOnly(const std::filesystem::path& directory);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() const { return *db_; }
  // Null in a read-only database of an older format that has no such table.
  rocksdb::ColumnFamilyHandle* table(Table table) const { return handles_[static_cast<size_t>(table)]; }

  // Held by whoever reads, prepares a batch and writes it, so that what was read still holds when it is
  // written.
  Mutex& writing() const ABSL_LOCK_RETURNED(writing_) { return writing_; }

  // Durable when it returns ok. After a failure RocksDB refuses writes until it has made its files whole, which the next
  // call asks it to: it can where the disk was full, not after an I/O error. Then only a new start does.
  absl::Status WriteSynced(rocksdb::WriteBatch& batch, PostingJournal::Changes postings = nullptr)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  // Atomic, and durable some time later.
  absl::Status WriteSoon(rocksdb::WriteBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  // Ok, or why writes are refused: the files then hold what a failed write left.
  absl::Status Mend() ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  const PostingJournal& journal() const { return journal_; }

 private:
  explicit Database(const DocumentStore::Options& options) : on_write_health_(options.on_write_health) {}
  void Own(rocksdb::DB* db);
  void Flush();
  absl::Status Write(bool sync, rocksdb::WriteBatch& batch, PostingJournal::Changes postings)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  rocksdb::Status HoldSomething() ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  uint64_t CurrentLog() const;                              // 0: not to be told
  uint64_t LogNamedBy(const rocksdb::Status& error) const;  // the current one, or 0
  void Remember(absl::Status result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);

  const std::function<void(const absl::Status&)> on_write_health_;  // may be empty
  mutable Mutex writing_;
  PostingJournal journal_{kJournalBytes};
  absl::Status failure_ ABSL_GUARDED_BY(writing_);     // of the last write
  uint64_t failed_log_ ABSL_GUARDED_BY(writing_) = 0;  // a write failed in it; 0: in none
  bool read_only_ = false;                             // fixed after Open
  std::unique_ptr<rocksdb::DB> db_;                    // fixed after Open
  std::vector<rocksdb::ColumnFamilyHandle*> opened_;   // fixed after Open; all, also of foreign tables
  std::array<rocksdb::ColumnFamilyHandle*, kTableCount> handles_ = {};  // fixed after Open
};

}  // namespace voisin::storage
