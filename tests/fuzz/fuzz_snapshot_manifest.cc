// Any bytes as the MANIFEST of a snapshot: an error, or one whose encoding decodes to itself and whose files stay in the
// snapshot's folder.
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "tests/fuzz/require.h"
#include "tests/fuzz/reseal_snapshot.h"

namespace {

using namespace voisin::storage;
using voisin::fuzz::Refused;
using voisin::fuzz::Require;

void Read(std::string_view bytes) {
  const auto manifest = DecodeSnapshot(bytes);
  if (Refused(manifest.status())) return;
  Require(DecodeSnapshot(EncodeSnapshot(*manifest)) == manifest);
  for (const SnapshotFile& file : manifest->files) {
    const std::filesystem::path path(file.name);
    Require(path.is_relative() && path.lexically_normal() == path && *path.begin() != "..");
  }
}

// Makes size and checksum right.
std::string Sealed(std::string bytes) {
  constexpr size_t kSizeAt = 16;
  if (bytes.size() < kSnapshotHeaderBytes) return bytes;
  const uint64_t size = bytes.size() - kSnapshotHeaderBytes;
  std::memcpy(bytes.data() + kSizeAt, &size, sizeof(size));
  voisin::fuzz::ResealSnapshot(bytes);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Read(bytes);
  Read(Sealed(bytes));
  return 0;
}
