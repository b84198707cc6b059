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

// What tells a damaged database from a folder where there never was one.
absl::StatusOr<bool> HoldsDatabase(const std::filesystem::path& directory) {
  bool has_current = false, has_files = false;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    has_current |= name == "CURRENT";
    has_files |= name.ends_with(".sst") || name.starts_with("MANIFEST-");
  }
  if (error)
    return absl::UnavailableError(absl::StrCat("reading ", directory.string(), ": ", error.message()));
  if (has_files && !has_current) {
    return absl::DataLossError(
        absl::StrCat(directory.string(), ": expected a file CURRENT beside the tables, found none"));
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
  RETURN_IF_ERROR(FromRocks(status, "opening " + options.directory.string()));
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
  RETURN_IF_ERROR(FromRocks(status, "opening " + directory.string()));
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
  // Busy means that RocksDB, which waits for space on the disk by itself, is not done.
  if (!failure_.ok() && !db_->Resume().ok()) return failure_;
  rocksdb::WriteOptions how;
  how.sync = sync;
  Remember(FromRocks(db_->Write(how, &batch), "writing is off until the disk recovers"));
  if (failure_.ok()) journal_.Publish(db_->GetLatestSequenceNumber(), std::move(postings));
  return failure_;
}

void Database::Remember(absl::Status result) {
  const bool changed = result.ok() != failure_.ok();
  failure_ = std::move(result);
  if (changed && on_write_health_) on_write_health_(failure_);
}

}  // namespace voisin::storage
