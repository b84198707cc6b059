#include "service/snapshot_streams.h"

#include "base/status_macros.h"
#include "service/call.h"
#include "service/runtime.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = 1 << 20;

class Reader : public SnapshotReader {
 public:
  Reader(fs::path scratch, storage::SnapshotManifest manifest, ThreadPool& io_pool)
      : scratch_(std::move(scratch)), archive_(scratch_, std::move(manifest)), io_pool_(io_pool) {}
  ~Reader() override {
    std::error_code error;
    fs::remove_all(scratch_, error);  // else the next start does
  }

  void Read(Callback<std::string> done) override {
    Run<std::string>(io_pool_, std::move(done), [this] { return archive_.Read(kPieceBytes); });
  }

 private:
  const fs::path scratch_;
  storage::ArchiveWriter archive_;
  ThreadPool& io_pool_;
};

// Each file of an archive as a file below a folder.
class Files : public storage::ArchiveReader::Sink {
 public:
  explicit Files(const fs::path& folder) : folder_(folder) {}

  absl::Status Begin(const storage::SnapshotFile& file) override {
    ASSIGN_OR_RETURN(file_, FileWriter::Create(folder_ / file.name));
    return absl::OkStatus();
  }
  absl::Status Bytes(std::string_view bytes) override { return file_.Append(bytes); }
  absl::Status End() override { return file_.Finish(); }

 private:
  const fs::path& folder_;
  FileWriter file_;
};

class Writer : public SnapshotWriter {
 public:
  Writer(fs::path scratch, std::string id, SnapshotFolder& folder, ThreadPool& io_pool,
         ThreadPool& snapshot_pool)
      : scratch_(std::move(scratch)),
        id_(std::move(id)),
        folder_(folder),
        io_pool_(io_pool),
        snapshot_pool_(snapshot_pool),
        files_(scratch_),
        archive_(files_) {}
  ~Writer() override {
    std::error_code error;
    fs::remove_all(scratch_, error);
  }

  void Write(std::string bytes, Callback<uint64_t> done) override {
    Run<uint64_t>(io_pool_, std::move(done), [this, bytes = std::move(bytes)]() -> absl::StatusOr<uint64_t> {
      RETURN_IF_ERROR(archive_.Add(bytes));
      return bytes_ += bytes.size();
    });
  }

  void Finish(Callback<SnapshotInfo> done) override {
    Run<SnapshotInfo>(snapshot_pool_, std::move(done), [this] { return Publish(); });
  }

 private:
  absl::StatusOr<SnapshotInfo> Publish() {
    ASSIGN_OR_RETURN(const storage::SnapshotManifest manifest, archive_.Finish());
    ASSIGN_OR_RETURN(const std::string id, folder_.ChooseId(id_, manifest.collection.id, NowMicros()));
    return folder_.Publish(scratch_, id, manifest);
  }

  const fs::path scratch_;
  const std::string id_;
  SnapshotFolder& folder_;
  ThreadPool& io_pool_;
  ThreadPool& snapshot_pool_;
  Files files_;
  storage::ArchiveReader archive_;
  uint64_t bytes_ = 0;
};

}  // namespace

std::shared_ptr<SnapshotReader> MakeSnapshotReader(fs::path scratch, storage::SnapshotManifest manifest,
                                                   ThreadPool& io_pool) {
  return std::make_shared<Reader>(std::move(scratch), std::move(manifest), io_pool);
}

std::shared_ptr<SnapshotWriter> MakeSnapshotWriter(fs::path scratch, std::string id, SnapshotFolder& folder,
                                                   ThreadPool& io_pool, ThreadPool& snapshot_pool) {
  return std::make_shared<Writer>(std::move(scratch), std::move(id), folder, io_pool, snapshot_pool);
}

}  // namespace voisin::service
