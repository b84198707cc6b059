#include "storage/rocks_upgrade.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/rocks_postings.h"
#include "storage/rocks_status.h"
#include "storage/rocks_view.h"

namespace voisin::storage {
namespace {

constexpr std::string_view kPostingsVersion = "1";
constexpr int kBatchDocuments = 1000;

absl::StatusOr<std::string> ReadMeta(const Database& database, std::string_view key) {
  std::string bytes;
  const auto status = database.db().Get({}, database.table(Table::meta), ToSlice(key), &bytes);
  if (status.IsNotFound()) return std::string();
  RETURN_IF_ERROR(FromRocks(status, "reading how far the postings are written"));
  return bytes;
}

// The first key of metadata whose point has no postings yet.
absl::StatusOr<std::string> NextKey(const Database& database, CollectionNumber collection) {
  ASSIGN_OR_RETURN(const std::string done, ReadMeta(database, PostingProgressKey(collection)));
  if (done.empty()) return CollectionPrefix(collection);
  return CollectionPrefix(collection) + done + '\0';
}

absl::Status WriteSome(Database& database, CollectionNumber collection, std::string_view last_key,
                       const PostingChanges& postings) {
  MutexLock writing(database.writing());
  rocksdb::WriteBatch batch;
  RETURN_IF_ERROR(WritePostings(database, postings, batch));
  batch.Put(database.table(Table::meta), PostingProgressKey(collection), ToSlice(NameOfKey(last_key)));
  return database.WriteSoon(batch);
}

absl::Status WriteCollection(Database& database, CollectionNumber collection) {
  ASSIGN_OR_RETURN(const std::string from, NextKey(database, collection));
  const View view(database);
  RangeScan row(view, Table::metadata, from, CollectionPrefix(collection + 1));
  while (row.Valid()) {
    PostingChanges postings;
    std::string last;
    for (int i = 0; i < kBatchDocuments && row.Valid(); ++i, row.Next()) {
      last = row.key();
      RETURN_IF_ERROR(AddMetadataRow(last, row.value(), postings));
    }
    RETURN_IF_ERROR(WriteSome(database, collection, last, postings));
  }
  return row.status();
}

absl::StatusOr<std::vector<CollectionNumber>> Collections(const Database& database) {
  std::vector<CollectionNumber> numbers;
  const View view(database);
  RangeScan row(view, Table::meta, "c", "d");
  for (; row.Valid(); row.Next()) {
    const auto number = CollectionOfKey(row.key(), 'c');
    if (!number) return absl::DataLossError("collection record: expected a key of 5 bytes, got another size");
    numbers.push_back(*number);
  }
  RETURN_IF_ERROR(row.status());
  return numbers;
}

}  // namespace

bool HasPostings(const Database& database) {
  const absl::StatusOr<std::string> version = ReadMeta(database, kPostingsKey);
  return version.ok() && !version->empty();
}

absl::Status EnsurePostings(Database& database) {
  ASSIGN_OR_RETURN(const std::string version, ReadMeta(database, kPostingsKey));
  if (!version.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<CollectionNumber> collections, Collections(database));
  for (const CollectionNumber collection : collections) {
    RETURN_IF_ERROR(WriteCollection(database, collection));
  }
  MutexLock writing(database.writing());
  rocksdb::WriteBatch batch;
  batch.Put(database.table(Table::meta), ToSlice(kPostingsKey), ToSlice(kPostingsVersion));
  for (const CollectionNumber collection : collections) {
    batch.Delete(database.table(Table::meta), PostingProgressKey(collection));
  }
  return database.WriteSynced(batch);
}

}  // namespace voisin::storage
