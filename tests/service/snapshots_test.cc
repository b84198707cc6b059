// Snapshots of an engine: made, listed, restored, packed, damaged, cut off.
#include <atomic>
#include <thread>

#include "base/files.h"
#include "storage/snapshot_manifest.h"
#include "tests/service/engine_fixture.h"
#include "tests/support/live_copy.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kDocuments = 250;

class SnapshotsTest : public EngineFixture {
 protected:
  SnapshotsTest() {
    options_.seal_points = 100;
    Open();
    MakeVectors("points", 3);
    PutRange(0, kDocuments, 1);
  }

  static std::vector<float> VectorOf(int i, float version) {
    return {static_cast<float>(i) + 1, version, static_cast<float>(i % 7)};
  }
  void PutRange(int begin, int end, float version) {
    std::vector<storage::Document> documents;
    for (int i = begin; i < end; ++i) {
      documents.push_back(
          VectorDocument("id" + std::to_string(i), VectorOf(i, version), {{"n", {double(i)}}}));
    }
    const auto put = Put("points", std::move(documents));
    ASSERT_TRUE(put.ok()) << put.status();
  }

  fs::path snapshots() const { return data_dir() / "snapshots"; }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(snapshots())) names.push_back(entry.path().filename());
    return names;
  }
  std::vector<std::string> ListIds() {
    std::vector<std::string> ids;
    const auto listed = engine().ListSnapshots();
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const SnapshotInfo& info : *listed) ids.push_back(info.id);
    return ids;
  }

  // `collection` has exactly the documents 0..count-1 in this version, in the store as in the index.
  void ExpectVersion(const std::string& collection, int count, float version) {
    EXPECT_EQ(engine().Count(collection).value(), static_cast<uint64_t>(count));
    for (int i = 0; i < count; i += 17) {
      const std::string id = "id" + std::to_string(i);
      const auto got = engine().Get({collection, {id}, {.vector = true}});
      ASSERT_TRUE(got.ok()) << got.status();
      ASSERT_TRUE(got->front().has_value()) << id;
      EXPECT_EQ(got->front()->vector, VectorOf(i, version));
    }
    SearchRequest all = VectorQuery(collection, VectorOf(0, version), 1000);
    all.exact = true;
    EXPECT_EQ(FindIds(all).size(), static_cast<size_t>(count));
  }
};

TEST_F(SnapshotsTest, ARestoredCollectionIsTheOldOne) {
  const auto made = engine().CreateSnapshot("points", "before");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->id, "before");
  EXPECT_EQ(made->collection, "points");
  EXPECT_EQ(made->document_count, uint64_t{kDocuments});
  EXPECT_EQ(made->lsn, uint64_t{kDocuments});
  EXPECT_GT(made->size_bytes, 0u);
  EXPECT_GT(made->create_time_us, 0);
  PutRange(0, kDocuments + 50, 2);
  const auto restored = engine().RestoreSnapshot("before", "old");
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->spec.id, "old");
  EXPECT_EQ(restored->spec.dimensions, 3u);
  ExpectVersion("old", kDocuments, 1);
  ExpectVersion("points", kDocuments + 50, 2);
  EXPECT_EQ(engine().Count("old", "n < 10").value(), 10u);
  Restart();
  ExpectVersion("old", kDocuments, 1);
  EXPECT_THAT(ListIds(), ElementsAre("before"));
}

TEST_F(SnapshotsTest, ARestoredCollectionStartsFromItsIndexFilesAndTakesWrites) {
  Restart();  // the index is on disk
  ASSERT_TRUE(engine().CreateSnapshot("points", "saved").ok());
  PutRange(0, 10, 2);
  const auto restored = engine().RestoreSnapshot("saved", "old");
  ASSERT_TRUE(restored.ok()) << restored.status();
  ASSERT_TRUE(Put("old", {VectorDocument("new", {9, 9, 9})}).ok());
  EXPECT_EQ(engine().Count("old").value(), uint64_t{kDocuments + 1});
  ASSERT_TRUE(engine().DeleteSnapshot("saved").ok());
  ASSERT_TRUE(engine().DeleteCollection("points").ok());
  Restart();
  EXPECT_EQ(engine().Count("old").value(), uint64_t{kDocuments + 1});
  EXPECT_THAT(FindIds(VectorQuery("old", VectorOf(3, 1), 1)), ElementsAre("id3"));
  Close();
  EXPECT_THAT(log_text(), testing::Not(HasSubstr("rebuilt=true")));
}

TEST_F(SnapshotsTest, ASnapshotOutlivesItsCollection) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "backup").ok());
  ASSERT_TRUE(engine().DeleteCollection("points").ok());
  Restart();
  ASSERT_TRUE(engine().RestoreSnapshot("backup", "points").ok());
  ExpectVersion("points", kDocuments, 1);
}

TEST_F(SnapshotsTest, TheModelTravelsWithItsFingerprint) {
  WriteModel();
  MakeTexts("texts");
  ASSERT_TRUE(Put("texts", {TextDocument("a", "hello")}).ok());
  const auto made = engine().CreateSnapshot("texts", "t");
  ASSERT_TRUE(made.ok()) << made.status();
  const auto original = engine().GetCollection("texts");
  EXPECT_EQ(made->model, kTinyModel);
  EXPECT_EQ(made->model_fingerprint, original->model_fingerprint);
  const auto restored = engine().RestoreSnapshot("t", "again");
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->model_fingerprint, original->model_fingerprint);
  EXPECT_TRUE(Put("again", {TextDocument("b", "world")}).ok());
}

TEST_F(SnapshotsTest, IdsAreMadeOrChecked) {
  const auto first = engine().CreateSnapshot("points");
  const auto second = engine().CreateSnapshot("points");
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_THAT(first->id, testing::StartsWith("points-2"));
  EXPECT_NE(first->id, second->id);
  EXPECT_TRUE(IsInvalidAt(engine().CreateSnapshot("points", "../evil").status(), "snapshot_id", "a-z"));
  EXPECT_TRUE(IsInvalidAt(engine().CreateSnapshot("points", ".hidden").status(), "snapshot_id", "a-z"));
  EXPECT_TRUE(IsInvalidAt(engine().DeleteSnapshot("..").status(), "name", "a-z"));
  EXPECT_TRUE(IsInvalidAt(engine().RestoreSnapshot(first->id, "Bad Name").status(), "collection_id", "a-z"));
  EXPECT_TRUE(absl::IsAlreadyExists(engine().CreateSnapshot("points", first->id).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(engine().RestoreSnapshot(first->id, "points").status()));
}

TEST_F(SnapshotsTest, WhatIsNotThereIsNamed) {
  EXPECT_TRUE(absl::IsNotFound(engine().CreateSnapshot("nothing").status()));
  for (const absl::Status& status :
       {engine().DeleteSnapshot("gone").status(), engine().RestoreSnapshot("gone", "x").status(),
        engine().ExportSnapshot("gone").status()}) {
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_EQ(ResourceOf(status)->name, "snapshots/gone");
  }
}

TEST_F(SnapshotsTest, DeletedIsGoneFromDisk) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "a").ok());
  ASSERT_TRUE(engine().CreateSnapshot("points", "b").ok());
  ASSERT_TRUE(engine().DeleteSnapshot("a").ok());
  EXPECT_THAT(ListIds(), ElementsAre("b"));
  EXPECT_THAT(Names(), ElementsAre("b"));
  EXPECT_TRUE(engine().RestoreSnapshot("b", "old").ok());
}

TEST_F(SnapshotsTest, ArchivesOfAnySnapshotRestoreElsewhere) {
  Restart();
  PutRange(0, 20, 2);  // replayed over the index's files
  PutRange(0, kDocuments, 1);
  ASSERT_TRUE(engine().CreateSnapshot("points", "here").ok());
  const auto archive = engine().ExportSnapshot("here");
  ASSERT_TRUE(archive.ok()) << archive.status();
  Close();  // the thread that answered last has let go of what it read from
  EXPECT_THAT(Names(), ElementsAre("here"));
  options_.data_dir = scratch() / "elsewhere";
  Open();
  const auto imported = engine().ImportSnapshot(*archive, "there", 1000);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->id, "there");
  EXPECT_EQ(imported->collection, "points");
  EXPECT_EQ(imported->document_count, uint64_t{kDocuments});
  ASSERT_TRUE(engine().RestoreSnapshot("there", "points").ok());
  ExpectVersion("points", kDocuments, 1);
  EXPECT_EQ(engine().ExportSnapshot("there").value(), *archive) << "packed again, byte for byte";
  Restart();
  ExpectVersion("points", kDocuments, 1);
}

TEST_F(SnapshotsTest, AnArchiveHoldsNothingOfOtherCollections) {
  MakeVectors("secrets", 2);
  ASSERT_TRUE(Put("secrets", {VectorDocument("top-secret-id", {1, 2})}).ok());
  ASSERT_TRUE(engine().CreateSnapshot("points", "p").ok());
  const auto archive = engine().ExportSnapshot("p");
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->find("top-secret-id"), std::string::npos);
  EXPECT_EQ(archive->find("secrets"), std::string::npos);
}

TEST_F(SnapshotsTest, EveryDamagedByteOfAnArchiveIsRefused) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "p").ok());
  const std::string archive = engine().ExportSnapshot("p").value();
  for (size_t at = 0; at < archive.size(); at += 1 + archive.size() / 40) {
    std::string damaged = archive;
    damaged[at] ^= 0x10;
    EXPECT_FALSE(engine().ImportSnapshot(damaged).ok()) << "at byte " << at;
    const absl::Status cut = engine().ImportSnapshot(archive.substr(0, at)).status();
    EXPECT_TRUE(absl::IsDataLoss(cut)) << cut;
  }
  EXPECT_TRUE(absl::IsDataLoss(engine().ImportSnapshot(archive + "x").status()));
  EXPECT_THAT(ListIds(), ElementsAre("p"));
  EXPECT_THAT(Names(), ElementsAre("p"));
}

TEST_F(SnapshotsTest, ANewerSnapshotIsRefusedByName) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "future").ok());
  const fs::path manifest = snapshots() / "future" / "MANIFEST";
  std::string bytes = ReadFile(manifest).value();
  bytes[8] = 2;  // the version
  ASSERT_TRUE(WriteFileAtomically(manifest, bytes).ok());
  const absl::Status status = engine().RestoreSnapshot("future", "x").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(
      std::string(MessageOf(status)),
      HasSubstr("snapshot \"future\": the snapshot has format version 2, this program reads up to 1"));
  EXPECT_EQ(PreconditionOf(status)->subject, "snapshots/future");
  const auto listed = engine().ListSnapshots();
  EXPECT_THAT(listed->at(0).problem, HasSubstr("format version 2"));
  EXPECT_TRUE(absl::IsFailedPrecondition(engine().ImportSnapshot(bytes).status()));
  EXPECT_TRUE(engine().DeleteSnapshot("future").ok());
}

TEST_F(SnapshotsTest, DamageInAnyFileIsFoundAndNamedAtRestore) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "p").ok());
  const std::string archive = engine().ExportSnapshot("p").value();
  const auto manifest = storage::DecodeSnapshot(
      archive.substr(0, storage::SnapshotManifestBytes(archive.substr(0, 32)).value()));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  for (const storage::SnapshotFile& file : manifest->files) {
    ASSERT_TRUE(engine().ImportSnapshot(archive, "i").ok());
    const fs::path path = snapshots() / "i" / file.name;
    std::string bytes = ReadFile(path).value();
    bytes[bytes.size() / 2] ^= 1;
    ASSERT_TRUE(WriteFileAtomically(path, bytes).ok());
    for (const absl::Status& status :
         {engine().RestoreSnapshot("i", "x").status(), engine().ExportSnapshot("i").status()}) {
      EXPECT_TRUE(absl::IsDataLoss(status)) << status;
      EXPECT_THAT(std::string(MessageOf(status)), HasSubstr(file.name));
    }
    fs::remove(path);
    EXPECT_TRUE(absl::IsDataLoss(engine().RestoreSnapshot("i", "x").status()));
    ASSERT_TRUE(engine().DeleteSnapshot("i").ok());
  }
  EXPECT_TRUE(absl::IsNotFound(engine().Count("x").status()));
}

// Whatever instant a stop comes at, what is not whole is gone after the next start.
TEST_F(SnapshotsTest, WhatAStopCutOffIsRemoved) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "whole").ok());
  Close();
  fs::copy(snapshots() / "whole", snapshots() / ".unfinished-1", fs::copy_options::recursive);
  fs::remove(snapshots() / ".unfinished-1" / "MANIFEST");
  fs::create_directories(snapshots() / ".unfinished-7" / "tables");
  Open();
  EXPECT_THAT(Names(), ElementsAre("whole"));
  EXPECT_THAT(ListIds(), ElementsAre("whole"));
  EXPECT_TRUE(engine().RestoreSnapshot("whole", "old").ok());
}

// As after a kill: copies of the directory taken while snapshots are made and restored.
TEST_F(SnapshotsTest, ACrashAtAnyMomentLeavesNothingHalf) {
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    for (int i = 0; !stop; ++i) {
      const std::string name = "s" + std::to_string(i);
      EXPECT_TRUE(engine().CreateSnapshot("points", name).ok());
      // A moment of rest now and then, or no copy would ever be of one moment.
      if (i % 4 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      EXPECT_TRUE(engine().RestoreSnapshot(name, "c" + std::to_string(i)).ok());
      if (i > 2) {
        EXPECT_TRUE(engine().DeleteSnapshot("s" + std::to_string(i - 2)).ok());
        EXPECT_TRUE(engine().DeleteCollection("c" + std::to_string(i - 2)).ok());
      }
    }
  });
  std::vector<fs::path> copies;
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(37 * (i + 1)));
    const fs::path copy = scratch() / ("copy" + std::to_string(i));
    if (test::CopyLiveDirectory(data_dir(), copy)) copies.push_back(copy);
  }
  stop = true;
  busy.join();
  EXPECT_THAT(copies, testing::Not(IsEmpty()));
  for (const fs::path& copy : copies) {
    SCOPED_TRACE(copy.string());
    Close();
    options_.data_dir = copy;
    Open();
    const auto collections = engine().ListCollections();
    ASSERT_TRUE(collections.ok()) << collections.status();
    for (const CollectionInfo& info : *collections) ExpectVersion(info.spec.id, kDocuments, 1);
    for (const auto& entry : fs::directory_iterator(copy / "snapshots")) {
      EXPECT_THAT(entry.path().filename().string(), testing::Not(testing::StartsWith(".")));
    }
  }
}

TEST_F(SnapshotsTest, ConcurrentSnapshotsWaitForEachOtherAndWritesGoOn) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (float version = 2; !stop; ++version) PutRange(0, 20, version);  // one batch: all or nothing
  });
  std::vector<test::Answer<SnapshotInfo>> answers(4);
  for (size_t i = 0; i < answers.size(); ++i) {
    engine().engine().CreateSnapshot("points", i == 3 ? "s0" : "s" + std::to_string(i),
                                     answers[i].callback());
  }
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(answers[i].Wait().ok()) << answers[i].Wait().status();
  EXPECT_TRUE(absl::IsAlreadyExists(answers[3].Wait().status()));
  for (size_t i = 0; i < 3; ++i) {
    const std::string name = std::to_string(i);
    const auto restored = engine().RestoreSnapshot("s" + name, "c" + name);
    ASSERT_TRUE(restored.ok()) << restored.status();
    const auto first = engine().Get({"c" + name, {"id0"}, {.vector = true}})->front()->vector[1];
    for (int d = 1; d < 20; ++d) {
      EXPECT_EQ(engine().Get({"c" + name, {"id" + std::to_string(d)}, {.vector = true}})->front()->vector[1],
                first);
    }
    EXPECT_EQ(engine().Count("c" + name).value(), uint64_t{kDocuments});
  }
  stop = true;
  writer.join();
}

TEST_F(SnapshotsTest, AnUnfinishedImportOrExportLeavesNothing) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "p").ok());
  const std::string archive = engine().ExportSnapshot("p").value();
  test::Answer<std::shared_ptr<SnapshotWriter>> opened;
  engine().engine().ImportSnapshot("half", opened.callback());
  {
    const auto writer = opened.Wait();
    test::Answer<uint64_t> written;
    (*writer)->Write(archive.substr(0, archive.size() / 2), written.callback());
    EXPECT_EQ(written.Wait().value(), archive.size() / 2);
  }
  opened = {};
  EXPECT_THAT(Names(), ElementsAre("p"));
  EXPECT_THAT(ListIds(), ElementsAre("p"));
}

}  // namespace
}  // namespace voisin::service
