#include "service/snapshots.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "base/file_status.h"
#include "base/status_macros.h"
#include "index/index_links.h"
#include "service/call.h"
#include "service/recoverable_indexes.h"
#include "service/snapshot_streams.h"
#include "service/validation.h"
#include "storage/keys.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;
using storage::SnapshotManifest;

void RemoveAll(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);  // else the next start does
}

// Every file below, by name.
absl::StatusOr<std::vector<storage::SnapshotFile>> DescribeFiles(const fs::path& directory) {
  std::vector<storage::SnapshotFile> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file()) continue;
    ASSIGN_OR_RETURN(auto file,
                     storage::DescribeFile(directory, fs::relative(at->path(), directory).string()));
    files.push_back(std::move(file));
  }
  if (error) return FileStatus(error.value(), "list " + directory.string());
  std::ranges::sort(files, {}, &storage::SnapshotFile::name);
  return files;
}

absl::StatusOr<SnapshotManifest> DescribeSnapshot(const fs::path& directory, SnapshotManifest::Form form,
                                                  const storage::CollectionImage& image, int64_t time_us) {
  SnapshotManifest manifest{form, storage::kFormatVersion, time_us, image.record(), image.state(), {}};
  ASSIGN_OR_RETURN(manifest.files, DescribeFiles(directory));
  return manifest;
}

absl::StatusOr<std::unique_ptr<storage::CollectionImage>> OpenImage(const fs::path& directory,
                                                                    const SnapshotManifest& manifest) {
  if (manifest.form == SnapshotManifest::Form::database) {
    return storage::CollectionImage::OpenDatabase(directory / "db", manifest.collection.number);
  }
  return storage::CollectionImage::OpenTables(directory / "tables", manifest.collection, manifest.state);
}

absl::Status LinkFiles(const fs::path& from, const fs::path& to, const SnapshotManifest& manifest) {
  std::error_code error;
  for (const storage::SnapshotFile& file : manifest.files) {
    fs::create_directories((to / file.name).parent_path(), error);
    if (!error) fs::create_hard_link(from / file.name, to / file.name, error);
    if (error) return FileStatus(error.value(), "link " + (from / file.name).string());
  }
  return absl::OkStatus();
}

// In this order: the first makes its folder anew, and the second may lie in it.
absl::Status LinkIndexes(const fs::path& from, const fs::path& vectors, const fs::path& words) {
  RETURN_IF_ERROR(index::LinkIndexFiles(from / "index", vectors).status());
  return index::LinkIndexFiles(from / kLexicalFolder, words).status();
}

absl::Status OfSnapshot(const std::string& id, const absl::Status& status) {
  if (!absl::IsDataLoss(status)) return status;
  return absl::DataLossError("snapshot \"" + id + "\" is damaged: " + std::string(MessageOf(status)));
}

}  // namespace

Snapshots::Snapshots(fs::path directory, const Runtime& runtime, Collections& collections)
    : runtime_(runtime), collections_(collections), folder_(std::move(directory)) {}

// --- create ---

void Snapshots::Create(Collection& collection, std::string id, Callback<SnapshotInfo> done) {
  absl::Status status = id.empty() ? absl::OkStatus() : CheckSnapshotId("snapshot_id", id);
  if (!status.ok()) return done(std::move(status));
  Run<SnapshotInfo>(runtime_.snapshot_pool, std::move(done),
                    [this, &collection, id = std::move(id)] { return Make(collection, id); });
}

absl::StatusOr<SnapshotInfo> Snapshots::Make(Collection& collection, const std::string& wanted_id) {
  const int64_t now_us = NowMicros();
  ASSIGN_OR_RETURN(const std::string id, folder_.ChooseId(wanted_id, collection.id(), now_us));
  const fs::path scratch = folder_.Scratch();
  const absl::Cleanup remove = [&] { RemoveAll(scratch); };
  std::error_code error;
  if (fs::create_directories(scratch, error); error) {
    return FileStatus(error.value(), "make directory " + scratch.string());
  }
  RETURN_IF_ERROR(collection.LinkFiles(scratch));
  // Opened as a restore would: what cannot be read back is no snapshot.
  ASSIGN_OR_RETURN(const auto image,
                   storage::CollectionImage::OpenDatabase(scratch / "db", collection.number()));
  ASSIGN_OR_RETURN(const SnapshotManifest manifest,
                   DescribeSnapshot(scratch, SnapshotManifest::Form::database, *image, now_us));
  ASSIGN_OR_RETURN(SnapshotInfo info, folder_.Publish(scratch, id, manifest));
  runtime_.log.Info("snapshot_created",
                    {{"snapshot", id}, {"collection", info.collection}, {"lsn", info.lsn}});
  return info;
}

// --- list and delete ---

void Snapshots::List(Callback<std::vector<SnapshotInfo>> done) {
  Run<std::vector<SnapshotInfo>>(runtime_.io_pool, std::move(done), [this] { return folder_.List(); });
}

void Snapshots::Delete(std::string id, Callback<bool> done) {
  if (absl::Status status = CheckSnapshotId("name", id); !status.ok()) return done(std::move(status));
  Run<bool>(runtime_.snapshot_pool, std::move(done), [this, id = std::move(id)]() -> absl::StatusOr<bool> {
    RETURN_IF_ERROR(folder_.Remove(id));
    runtime_.log.Info("snapshot_deleted", {{"snapshot", id}});
    return true;
  });
}

// --- restore ---

void Snapshots::Restore(std::string id, std::string collection, Callback<CollectionInfo> done) {
  absl::Status status = CheckSnapshotId("name", id);
  status.Update(CheckCollectionId("collection_id", collection));
  if (!status.ok()) return done(std::move(status));
  Run<CollectionInfo>(runtime_.snapshot_pool, std::move(done),
                      [this, id = std::move(id), collection = std::move(collection)] {
                        return MakeCollection(id, collection);
                      });
}

absl::StatusOr<CollectionInfo> Snapshots::MakeCollection(const std::string& id,
                                                         const std::string& collection) {
  ASSIGN_OR_RETURN(const SnapshotManifest manifest, folder_.Read(id));
  RETURN_IF_ERROR(InfoOf(id, manifest).status());
  RETURN_IF_ERROR(OfSnapshot(id, storage::VerifyFiles(folder_.PathOf(id), manifest)));
  absl::StatusOr<storage::CollectionRecord> record = TakeOver(id, collection, manifest);
  if (absl::IsAlreadyExists(record.status())) return CollectionExists(collection);
  if (!record.ok()) return OfSnapshot(id, record.status());
  runtime_.log.Info("snapshot_restored", {{"snapshot", id}, {"collection", collection}});
  return collections_.Adopt(*std::move(record));
}

absl::StatusOr<storage::CollectionRecord> Snapshots::TakeOver(const std::string& id,
                                                              const std::string& collection,
                                                              const SnapshotManifest& manifest) {
  fs::path index;
  absl::Cleanup remove_index = [&] { RemoveAll(index); };
  ASSIGN_OR_RETURN(const auto image, OpenImage(folder_.PathOf(id), manifest));
  ASSIGN_OR_RETURN(
      storage::CollectionRecord record,
      runtime_.store.RestoreCollection(collection, *image, [&](storage::CollectionNumber number) {
        index = runtime_.index_dir / std::to_string(number);
        return LinkIndexes(folder_.PathOf(id), index, index / kLexicalFolder);
      }));
  std::move(remove_index).Cancel();
  return record;
}

// --- export and import ---

void Snapshots::Export(std::string id, Callback<std::shared_ptr<SnapshotReader>> done) {
  if (absl::Status status = CheckSnapshotId("name", id); !status.ok()) return done(std::move(status));
  Run<std::shared_ptr<SnapshotReader>>(runtime_.snapshot_pool, std::move(done),
                                       [this, id = std::move(id)] { return Pack(id); });
}

// The archive holds the one collection, not the database that a snapshot made here lies in.
absl::StatusOr<std::shared_ptr<SnapshotReader>> Snapshots::Pack(const std::string& id) {
  ASSIGN_OR_RETURN(SnapshotManifest manifest, folder_.Read(id));
  const fs::path from = folder_.PathOf(id), scratch = folder_.Scratch();
  absl::Cleanup remove = [&] { RemoveAll(scratch); };
  RETURN_IF_ERROR(OfSnapshot(id, storage::VerifyFiles(from, manifest)));
  if (manifest.form == SnapshotManifest::Form::database) {
    ASSIGN_OR_RETURN(const auto image, OpenImage(from, manifest));
    const auto written = image->WriteTables(scratch / "tables", manifest.collection.number);
    RETURN_IF_ERROR(OfSnapshot(id, written.status()));
    RETURN_IF_ERROR(LinkIndexes(from, scratch / "index", scratch / kLexicalFolder));
    ASSIGN_OR_RETURN(
        manifest, DescribeSnapshot(scratch, SnapshotManifest::Form::tables, *image, manifest.create_time_us));
  } else {
    RETURN_IF_ERROR(LinkFiles(from, scratch, manifest));
  }
  std::move(remove).Cancel();
  return MakeSnapshotReader(scratch, std::move(manifest), runtime_.io_pool);
}

void Snapshots::Import(std::string id, Callback<std::shared_ptr<SnapshotWriter>> done) {
  absl::Status status = id.empty() ? absl::OkStatus() : CheckSnapshotId("snapshot_id", id);
  if (!status.ok()) return done(std::move(status));
  done(MakeSnapshotWriter(folder_.Scratch(), std::move(id), folder_, runtime_.io_pool,
                          runtime_.snapshot_pool));
}

}  // namespace voisin::service
