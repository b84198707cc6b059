#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/slice.h"
#include "rocksdb/status.h"

namespace voisin::storage {

// A RocksDB status in our terms, with `doing` ("reading documents") in front: damaged bytes are DataLoss, a
// full disk or quota ResourceExhausted, any other failure of the disk Unavailable.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing);

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// `status` with "collection 3, point 17: " in front.
absl::Status AtPoint(const absl::Status& status, uint64_t collection, uint64_t point);
// `status` with "collection 3, document \"a\": " in front.
absl::Status AtName(const absl::Status& status, uint64_t collection, std::string_view name);

}  // namespace voisin::storage
