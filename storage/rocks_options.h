#pragma once

#include <string>

#include "rocksdb/options.h"
#include "storage/document_store.h"

namespace voisin::storage {

// How RocksDB is run: nothing acknowledged is dropped on open, every read is verified.
rocksdb::DBOptions DatabaseOptions(std::shared_ptr<rocksdb::Logger> logger);

// How one table is laid out: by its name on disk, so that tables of a newer format can be opened too.
rocksdb::ColumnFamilyOptions TableOptions(const std::string& name,
                                          const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace voisin::storage
