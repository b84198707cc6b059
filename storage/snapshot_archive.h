#pragma once

#include <filesystem>
#include <optional>

#include "base/file_writer.h"
#include "storage/snapshot_manifest.h"

namespace voisin::storage {

// Reads an archive (see snapshot_manifest.h) that comes in pieces of any size. For one thread.
class ArchiveReader {
 public:
  // Told the bytes of each file, in order, and when one is whole: its checksum then held.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual absl::Status Begin(const SnapshotFile& file) = 0;
    virtual absl::Status Bytes(std::string_view bytes) = 0;
    virtual absl::Status End() = 0;
  };

  // `sink` outlives the reader.
  explicit ArchiveReader(Sink& sink) : sink_(sink) {}

  // DataLoss says what is damaged, FailedPrecondition which newer version came. No use after an error.
  absl::Status Add(std::string_view bytes);
  // The manifest, once every file was whole; DataLoss when bytes are missing.
  absl::StatusOr<SnapshotManifest> Finish() const;

 private:
  absl::Status AddToManifest(std::string_view& bytes);
  absl::Status AddToFile(std::string_view& bytes);
  absl::Status NextFile();
  absl::Status EndFile();

  Sink& sink_;
  std::string head_;  // the manifest, as far as it came
  std::optional<SnapshotManifest> manifest_;
  size_t file_ = 0;    // that comes now
  uint64_t left_ = 0;  // of it
  RunningChecksum checksum_;
};

// Gives the bytes of an archive of the files below `directory`. Verifies each file while it goes: DataLoss
// instead of its last piece. For one thread.
class ArchiveWriter {
 public:
  ArchiveWriter(std::filesystem::path directory, SnapshotManifest manifest);
  // The next bytes, at most `most`; empty at the end.
  absl::StatusOr<std::string> Read(size_t most);

 private:
  absl::StatusOr<std::string> ReadFilePiece(size_t most);

  const std::filesystem::path directory_;
  const SnapshotManifest manifest_;
  const std::string head_;
  size_t head_at_ = 0;
  size_t file_ = 0;
  uint64_t file_at_ = 0;
  RunningChecksum checksum_;
};

// Size and checksum of what is in the file.
absl::StatusOr<SnapshotFile> DescribeFile(const std::filesystem::path& directory, const std::string& name);
// DataLoss names the first file below `directory` that is not as the manifest says.
absl::Status VerifyFiles(const std::filesystem::path& directory, const SnapshotManifest& manifest);

}  // namespace voisin::storage
