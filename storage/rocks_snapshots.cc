// The members of RocksStore that copy collections out and in.
#include "absl/cleanup/cleanup.h"
#include "base/status_macros.h"
#include "rocksdb/utilities/checkpoint.h"
#include "storage/rocks_postings.h"
#include "storage/rocks_status.h"
#include "storage/rocks_store.h"

namespace voisin::storage {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBatchBytes = 1 << 20;

// Writes rows of a collection that is not there yet, with their postings, many at a time; they become durable with the
// next synced write.
class RowCopy {
 public:
  RowCopy(Database& database, CollectionNumber number)
      : database_(database), prefix_(CollectionPrefix(number)) {}

  absl::Status Put(Table table, std::string_view key, std::string_view value) {
    const auto put = batch_.Put(database_.table(table), prefix_ + std::string(key), ToSlice(value));
    RETURN_IF_ERROR(FromRocks(put, "copying the rows of a snapshot"));
    if (table == Table::metadata)
      RETURN_IF_ERROR(AddMetadataRow(prefix_ + std::string(key), value, postings_));
    return batch_.GetDataSize() < kBatchBytes ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    RETURN_IF_ERROR(WritePostings(database_, postings_, batch_));
    postings_ = {};
    MutexLock writing(database_.writing());
    RETURN_IF_ERROR(database_.WriteSoon(batch_));
    batch_.Clear();
    return absl::OkStatus();
  }

 private:
  Database& database_;
  const std::string prefix_;
  rocksdb::WriteBatch batch_;
  PostingChanges postings_;
};

}  // namespace

absl::Status RocksStore::Checkpoint(const fs::path& directory) {
  {
    MutexLock writing(database_->writing());
    RETURN_IF_ERROR(database_->Mend());  // else the log holds what was refused
  }
  rocksdb::Checkpoint* made = nullptr;
  RETURN_IF_ERROR(FromRocks(rocksdb::Checkpoint::Create(&database_->db(), &made), "preparing a snapshot"));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  return FromRocks(checkpoint->CreateCheckpoint(directory.string()), "linking the files of a snapshot");
}

absl::StatusOr<CollectionRecord> RocksStore::RestoreCollection(
    const std::string& id, const CollectionImage& image,
    const std::function<absl::Status(CollectionNumber)>& prepare) {
  CollectionRecord record = image.record();
  record.id = id;
  record.create_time_us = clock_us_();
  ASSIGN_OR_RETURN(record.number, catalog_->BeginRestore(id));
  // What fails here, the next start does.
  absl::Cleanup abandon = [&] { catalog_->AbandonRestore(record.number).IgnoreError(); };
  RowCopy copy(*database_, record.number);
  RETURN_IF_ERROR(image.ForEachRow([&](Table table, std::string_view key, std::string_view value) {
    return copy.Put(table, key, value);
  }));
  RETURN_IF_ERROR(copy.Flush());
  RETURN_IF_ERROR(prepare(record.number));
  RETURN_IF_ERROR(catalog_->FinishRestore(record, image.state()));
  std::move(abandon).Cancel();
  return record;
}

}  // namespace voisin::storage
