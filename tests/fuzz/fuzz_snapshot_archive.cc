// Any bytes as an archive of a snapshot, in pieces: they are refused with a reason, or every file came whole.

#include <cstdlib>
#include <string>

#include "base/files.h"
#include "storage/snapshot_archive.h"
#include "tests/fuzz/reseal_snapshot.h"

namespace voisin::storage {
namespace {

class Sizes : public ArchiveReader::Sink {
 public:
  absl::Status Begin(const SnapshotFile& file) override {
    if (!IsSnapshotFileName(file.name)) std::abort();
    expected_ = file;
    content_.clear();
    return absl::OkStatus();
  }
  absl::Status Bytes(std::string_view bytes) override {
    content_ += bytes;
    return absl::OkStatus();
  }
  absl::Status End() override {
    if (content_.size() != expected_.size || Checksum(content_) != expected_.checksum) std::abort();
    ++ended_;
    return absl::OkStatus();
  }
  size_t ended() const { return ended_; }

 private:
  SnapshotFile expected_;
  std::string content_;
  size_t ended_ = 0;
};

void Read(std::string_view archive, size_t piece) {
  Sizes sizes;
  ArchiveReader reader(sizes);
  for (size_t at = 0; at < archive.size(); at += piece) {
    if (!reader.Add(archive.substr(at, piece)).ok()) return;
  }
  const absl::StatusOr<SnapshotManifest> manifest = reader.Finish();
  if (manifest.ok() && sizes.ended() != manifest->files.size()) std::abort();
}

}  // namespace
}  // namespace voisin::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voisin::storage;
  std::string archive(reinterpret_cast<const char*>(data), size);
  Read(archive, 7);
  voisin::fuzz::ResealSnapshot(archive);
  Read(archive, 64);
  return 0;
}
