#pragma once

#include <filesystem>
#include <memory>

#include "rocksdb/env.h"

namespace voisin::storage {

// RocksDB's warnings and errors as lines of `file`, which begins anew when it has grown past a few MiB. A line
// that cannot be written is dropped: RocksDB's own logger, as Debian builds it, ends the process on the first
// line after a write failed, so a full disk would.
std::shared_ptr<rocksdb::Logger> MakeLogger(const std::filesystem::path& file);
// Of a database that is only read: nothing is written.
std::shared_ptr<rocksdb::Logger> MakeSilentLogger();

}  // namespace voisin::storage
