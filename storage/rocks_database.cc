#include "storage/rocks_database.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "rocksdb/cache.h"
#include "storage/rocks_lock.h"
#include "storage/rocks_logger.h"
#include "storage/rocks_options.h"
#include "storage/rocks_status.h"
#include "storage/rocks_tail.h"

namespace voisin::storage {
namespace {

using Descriptors = std::vector<rocksdb::ColumnFamilyDescriptor>;

// Only a database that was CURRENT has these. The first manifest is made before, so that alone it is of a creation that
// was cut short.
bool IsOfADatabase(const std::string& name) {
  return name.ends_with(".sst") || name.ends_with(".log") ||
         (name.starts_with("MANIFEST-") && name != "MANIFEST-000001");
}

// What tells a damaged database from a folder where there never was one.
absl::StatusOr<bool> HoldsDatabase(const std::filesystem::path& directory) {
  bool has_current = false, has_files = false;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    has_current |= name == "CURRENT";
    has_files |= IsOfADatabase(name);
  }
  if (error)
    return absl::UnavailableError(absl::StrCat("reading ", directory.string(), ": ", error.message()));
  if (has_files && !has_current) {
    return absl::DataLossError(
        absl::StrCat(directory.string(), ": expected a file CURRENT beside its tables and logs, found none"));
  }
  return has_current;
}

absl::StatusOr<std::vector<std::string>> NamesOnDisk(const std::filesystem::path& directory) {
  ASSIGN_OR_RETURN(const bool exists, HoldsDatabase(directory));
  std::vector<std::string> names;
  if (!exists) return names;
  const auto status =
      rocksdb::DB::ListColumnFamilies(DatabaseOptions(MakeSilentLogger()), directory.string(), &names);
  RETURN_IF_ERROR(FromRocks(status, "opening " + directory.string()));
  return names;
}

// RocksDB opens CURRENT to try its options and blames them where the disk does not give it; ours are plain.
bool BlamesOptions(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsInvalidArgument() &&
         (text.find("IO error") != std::string::npos || text.find("Direct I/O") != std::string::npos);
}

absl::Status FromOpening(const rocksdb::Status& status, const std::filesystem::path& directory) {
  return FromRocks(BlamesOptions(status) ? rocksdb::Status::IOError(status.ToString()) : status,
                   "opening " + directory.string());
}

enum class Missing { made, left_out };

// Ours, and those that only a newer format has. Ours that are missing on disk are made or left out.
absl::StatusOr<Descriptors> DescribeTables(const DocumentStore::Options& options, Missing missing) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, NamesOnDisk(options.directory));
  for (int i = 0; i < kTableCount && missing == Missing::made; ++i) {
    const std::string name(TableName(static_cast<Table>(i)));
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  Descriptors descriptors;
  for (const std::string& name : names) descriptors.emplace_back(name, TableOptions(name, cache));
  return descriptors;
}

absl::Status MarkFormat(Database& database) {
  MutexLock lock(database.writing());
  rocksdb::WriteBatch batch;
  batch.Put(database.table(Table::meta), ToSlice(kFormatKey), std::to_string(kFormatVersion));
  return database.WriteSynced(batch);
}

// 0: the database is new. FailedPrecondition: it is newer than this program.
absl::StatusOr<uint32_t> ReadFormat(const Database& database, const std::filesystem::path& directory) {
  std::string version;
  const auto status = database.db().Get({}, database.table(Table::meta), ToSlice(kFormatKey), &version);
  if (status.IsNotFound()) return 0;
  RETURN_IF_ERROR(FromRocks(status, "reading the format version of " + directory.string()));
  uint32_t number = 0;
  const char* end = version.data() + version.size();
  if (const auto [at, error] = std::from_chars(version.data(), end, number);
      error != std::errc() || at != end) {
    return absl::DataLossError(
        absl::StrCat(directory.string(), ": expected a format version, got other bytes"));
  }
  if (number <= kFormatVersion) return number;
  return absl::FailedPreconditionError(absl::StrCat(directory.string(), " has format version ", number,
                                                    ", this program reads up to ", kFormatVersion));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DocumentStore::Options& options) {
  RETURN_IF_ERROR(MakeFolders(options.directory));
  RETURN_IF_ERROR(CheckTails(options.directory));
  ASSIGN_OR_RETURN(const Descriptors descriptors, DescribeTables(options, Missing::made));
  std::unique_ptr<Database> database(new Database(options));
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(DatabaseOptions(MakeLogger(options.directory / "LOG")),
                                        options.directory.string(), descriptors, &database->opened_, &db);
  if (IsLocked(status)) return DescribeLock(options.directory, status);
  RETURN_IF_ERROR(FromOpening(status, options.directory));
  database->Own(db);
  ASSIGN_OR_RETURN(const uint32_t format, ReadFormat(*database, options.directory));
  // Before anything of it is written, so that an older program refuses it from then on.
  if (format < kFormatVersion) RETURN_IF_ERROR(MarkFormat(*database));
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenReadOnly(const std::filesystem::path& directory) {
  DocumentStore::Options options;
  options.directory = directory;
  options.block_cache_bytes = 8 << 20;
  RETURN_IF_ERROR(CheckTails(directory));
  ASSIGN_OR_RETURN(const Descriptors descriptors, DescribeTables(options, Missing::left_out));
  std::unique_ptr<Database> database(new Database(options));
  database->read_only_ = true;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(DatabaseOptions(MakeSilentLogger()), directory.string(),
                                                   descriptors, &database->opened_, &db);
  RETURN_IF_ERROR(FromOpening(status, directory));
  database->Own(db);
  ASSIGN_OR_RETURN(const uint32_t format, ReadFormat(*database, directory));
  if (format == 0) return absl::DataLossError(directory.string() + ": expected a format version, found none");
  return database;
}

void Database::Own(rocksdb::DB* db) {
  db_.reset(db);
  for (int i = 0; i < kTableCount; ++i) {
    const std::string name(TableName(static_cast<Table>(i)));
    const auto found = std::ranges::find(opened_, name, &rocksdb::ColumnFamilyHandle::GetName);
    if (found != opened_.end()) handles_[static_cast<size_t>(i)] = *found;
  }
}

Database::~Database() {
  if (db_ == nullptr) return;
  if (!read_only_) Flush();
  for (rocksdb::ColumnFamilyHandle* handle : opened_) (void)db_->DestroyColumnFamilyHandle(handle);
  (void)db_->Close();
}

// A clean stop leaves nothing to replay. Where this fails the write-ahead log still has it all.
void Database::Flush() {
  MutexLock lock(writing_);
  if (failure_.ok()) (void)db_->Flush(rocksdb::FlushOptions(), opened_);
}

absl::Status Database::WriteSynced(rocksdb::WriteBatch& batch, PostingJournal::Changes postings) {
  return Write(true, batch, std::move(postings));
}
absl::Status Database::WriteSoon(rocksdb::WriteBatch& batch) { return Write(false, batch, nullptr); }

absl::Status Database::Write(bool sync, rocksdb::WriteBatch& batch, PostingJournal::Changes postings) {
  RETURN_IF_ERROR(Mend());
  rocksdb::WriteOptions how;
  how.sync = sync;
  rocksdb::Status written = HoldSomething();
  if (written.ok()) written = db_->Write(how, &batch);
  failed_log_ = written.ok() ? 0 : LogNamedBy(written);
  Remember(FromRocks(written, "writing is off until the disk recovers"));
  if (failure_.ok()) journal_.Publish(db_->GetLatestSequenceNumber(), std::move(postings));
  return failure_;
}

// RocksDB begins a new log in Resume only where a table in memory holds something. Without it would go on behind what a
// failed write left in the old log, which a start would then find too (and Debian's build ends the process before
// that). So something is in memory before the log is written to: the deletion of a row that never was.
rocksdb::Status Database::HoldSomething() {
  uint64_t rows = 0;
  const auto meta = table(Table::meta);
  if (db_->GetIntProperty(meta, rocksdb::DB::Properties::kNumEntriesActiveMemTable, &rows) && rows > 0) {
    return rocksdb::Status::OK();
  }
  rocksdb::WriteOptions in_memory;
  in_memory.disableWAL = true;
  return db_->Delete(in_memory, meta, ToSlice(kNoKey));
}

// Busy means that RocksDB, which waits for space on the disk by itself, is not done.
absl::Status Database::Mend() {
  if (failure_.ok()) return absl::OkStatus();
  if (!db_->Resume().ok() || (failed_log_ != 0 && CurrentLog() == failed_log_)) return failure_;
  return absl::OkStatus();
}

uint64_t Database::CurrentLog() const {
  std::unique_ptr<rocksdb::LogFile> log;
  return db_->GetCurrentWalFile(&log).ok() ? log->LogNumber() : 0;
}

uint64_t Database::LogNamedBy(const rocksdb::Status& error) const {
  std::unique_ptr<rocksdb::LogFile> log;
  if (!db_->GetCurrentWalFile(&log).ok()) return 0;
  return error.ToString().find(log->PathName()) != std::string::npos ? log->LogNumber() : 0;
}

void Database::Remember(absl::Status result) {
  const bool changed = result.ok() != failure_.ok();
  failure_ = std::move(result);
  if (changed && on_write_health_) on_write_health_(failure_);
}

}  // namespace voisin::storage
