#pragma once

#include <memory>

#include "rocksdb/compaction_filter.h"
#include "rocksdb/merge_operator.h"
#include "rocksdb/write_batch.h"
#include "storage/posting_changes.h"
#include "storage/rocks_database.h"

namespace voisin::storage {

// How RocksDB puts the records of one row of `postings` together: see posting_record.h.
std::shared_ptr<rocksdb::MergeOperator> MakePostingMerge();
// Drops rows without points when files are compacted. Lives as long as the program.
const rocksdb::CompactionFilter* EmptyPostingFilter();

// What a row of `metadata` says is there, as an addition. DataLoss for a damaged one.
absl::Status AddMetadataRow(std::string_view key, std::string_view value, PostingChanges& changes);
// Adds the changes to a batch.
absl::Status WritePostings(const Database& database, const PostingChanges& changes,
                           rocksdb::WriteBatch& batch);

}  // namespace voisin::storage
