#include <vector>

#include "base/status_macros.h"
#include "rocksdb/options.h"
#include "storage/rocks_status.h"
#include "storage/rocks_store.h"

namespace voisin::storage {
namespace {

// Rows leave the write-ahead log: its files before this moment are obsolete.
absl::Status FlushTables(const Database& database) {
  std::vector<rocksdb::ColumnFamilyHandle*> tables;
  for (int i = 0; i < kTableCount; ++i) tables.push_back(database.table(static_cast<Table>(i)));
  return FromRocks(database.db().Flush(rocksdb::FlushOptions(), tables), "flushing before a compaction");
}

absl::Status CompactTable(const Database& database, Table table, CollectionNumber number) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  // The lowest level too: a value lies there until a tombstone meets it.
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const std::string first = CollectionPrefix(number), last = CollectionPrefix(number + 1);
  const rocksdb::Slice begin = first, end = last;
  return FromRocks(database.db().CompactRange(options, database.table(table), &begin, &end),
                   "compacting a collection");
}

// RocksDB removes obsolete files by and by; this waits for it, unless a checkpoint still needs them.
absl::Status RemoveObsoleteFiles(const Database& database) {
  RETURN_IF_ERROR(FromRocks(database.db().DisableFileDeletions(), "removing obsolete files"));
  return FromRocks(database.db().EnableFileDeletions(/*force=*/false), "removing obsolete files");
}

}  // namespace

absl::Status RocksStore::Compact(CollectionNumber number) {
  RETURN_IF_ERROR(Exists(number));
  RETURN_IF_ERROR(FlushTables(*database_));
  for (int i = static_cast<int>(Table::meta) + 1; i < kTableCount; ++i) {
    RETURN_IF_ERROR(CompactTable(*database_, static_cast<Table>(i), number));
  }
  // A posting that the first pass left without points goes in the next.
  RETURN_IF_ERROR(CompactTable(*database_, Table::postings, number));
  return RemoveObsoleteFiles(*database_);
}

}  // namespace voisin::storage
