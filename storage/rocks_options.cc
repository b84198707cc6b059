#include "storage/rocks_options.h"

#include <algorithm>

#include "rocksdb/convenience.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "rocksdb/utilities/table_properties_collectors.h"
#include "storage/keys.h"
#include "storage/rocks_postings.h"

namespace voisin::storage {
namespace {

constexpr double kBloomBitsPerKey = 10;

// A file with so many tombstones, all in all or among so many rows in a row, is compacted before its turn.
constexpr size_t kDeletionWindow = 10'000;
constexpr size_t kDeletionsInWindow = 5'000;
constexpr double kDeletionRatio = 0.3;

rocksdb::CompressionType TextCompression() {
  const auto built_in = rocksdb::GetSupportedCompressions();
  const bool has_lz4 = std::ranges::count(built_in, rocksdb::kLZ4Compression) > 0;
  return has_lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

rocksdb::BlockBasedTableOptions BlockOptions(bool vectors, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  blocks.block_size = vectors ? 16 << 10 : 4 << 10;  // eight 512-dimensional vectors
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  blocks.cache_index_and_filter_blocks = true;
  blocks.pin_l0_filter_and_index_blocks_in_cache = true;
  blocks.format_version = 5;
  return blocks;
}

}  // namespace

rocksdb::DBOptions DatabaseOptions(std::shared_ptr<rocksdb::Logger> logger) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.verify_sst_unique_id_in_manifest = true;
  // A half-written last record is what a crash leaves; damage before it is refused, where point-in-time
  // recovery would drop acknowledged writes without a word.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  // All tables or none: a write that was refused may lie in the log, and when tables are written one by one to recover
  // from that, a crash in between would bring it back for some of them.
  options.atomic_flush = true;
  options.max_total_wal_size = 128 << 20;  // bounds what a start after a crash replays
  options.max_background_jobs = 2;
  options.bytes_per_sync = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = std::move(logger);
  return options;
}

rocksdb::ColumnFamilyOptions TableOptions(const std::string& name,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  const bool vectors = name == TableName(Table::vectors);
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = vectors ? 64 << 20 : 16 << 20;
  options.compression = vectors ? rocksdb::kNoCompression : TextCompression();
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(BlockOptions(vectors, cache)));
  options.level_compaction_dynamic_level_bytes = true;
  if (name == TableName(Table::postings)) {
    options.merge_operator = MakePostingMerge();
    options.compaction_filter = EmptyPostingFilter();
  }
  options.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(kDeletionWindow, kDeletionsInWindow, kDeletionRatio));
  return options;
}

}  // namespace voisin::storage
