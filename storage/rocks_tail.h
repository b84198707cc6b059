#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace voisin::storage {

// Looks at the ends of RocksDB's logs (*.log, MANIFEST-*) before RocksDB opens them. DataLoss names a file whose last
// records are whole but say a wrong length.
//
// A log is blocks of 32 KiB of records: checksum (masked CRC-32C of type and payload, 4 bytes), length of the payload
// (2), type (1), payload; all little-endian (RocksDB wiki, "Write Ahead Log File Format"). The length is under no
// checksum: where it reaches past the end of the file RocksDB believes that a crash cut the record short, and forgets
// it with all that follows. But where the payload's checksum holds at some shorter length, nothing was cut.
absl::Status CheckTails(const std::filesystem::path& directory);

}  // namespace voisin::storage
