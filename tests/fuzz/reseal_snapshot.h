#pragma once

#include <cstring>
#include <string>

#include "base/files.h"
#include "storage/snapshot_manifest.h"

namespace voisin::fuzz {

// Makes the checksum of the manifest at the beginning right, so that what lies behind it is reached: a mutated one
// seldom is.
inline void ResealSnapshot(std::string& bytes) {
  using namespace storage;
  if (bytes.size() < kSnapshotHeaderBytes) return;
  const absl::StatusOr<size_t> size = SnapshotManifestBytes(bytes);
  if (!size.ok() || *size > bytes.size()) return;
  constexpr size_t kChecksumAt = 24;
  const std::string covered =
      bytes.substr(0, kChecksumAt) + bytes.substr(kSnapshotHeaderBytes, *size - kSnapshotHeaderBytes);
  const uint64_t checksum = Checksum(covered);
  std::memcpy(bytes.data() + kChecksumAt, &checksum, sizeof(checksum));
}

}  // namespace voisin::fuzz
