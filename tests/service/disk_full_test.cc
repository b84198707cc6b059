// Snapshots on a disk that is full. Runs where small_disk.sh has put the scratch folders on a disk of 256 MiB.
#include <fstream>
#include <functional>
#include <thread>

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class DiskFullTest : public EngineFixture {
 protected:
  void SetUp() override {
    if (std::getenv("VOISIN_SMALL_DISK") == nullptr) GTEST_SKIP() << "needs the small disk of small_disk.sh";
    Open();
    MakeVectors("points", 4);
    PutSome(0);
  }

  // About a MiB that does not compress.
  void PutSome(int from) {
    std::vector<storage::Document> documents;
    for (int i = from; i < from + 500; ++i) {
      std::string text;
      for (uint32_t word = static_cast<uint32_t>(i) * 7919 + 1; text.size() < 2000;
           word = word * 1664525 + 1013904223) {
        text += std::to_string(word);
      }
      documents.push_back(VectorDocument("id" + std::to_string(i), {float(i), 1, 2, 3}));
      documents.back().text = text;
    }
    const auto put = Put("points", std::move(documents));
    ASSERT_TRUE(put.ok()) << put.status();
  }

  void FillDisk() {
    std::ofstream out(ballast(), std::ios::binary | std::ios::app);
    const std::string piece(65536, 'x');
    while (out.write(piece.data(), 65536).flush()) {
    }
  }
  // RocksDB finds out by itself, some seconds after there is room for a memtable (64 MiB) again.
  void WaitForWrites() {
    for (int i = 0; i < 300 && !Put("points", {VectorDocument("id0", {0, 1, 2, 3})}).ok(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  fs::path ballast() const { return scratch() / "ballast"; }

  std::vector<std::string> Snapshots() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(data_dir() / "snapshots")) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
};

TEST_F(DiskFullTest, SnapshotsAndRestoresAreRefusedLeaveNothingAndWorkAgain) {
  ASSERT_TRUE(engine().CreateSnapshot("points", "first").ok());
  const std::string archive = engine().ExportSnapshot("first").value();
  PutSome(500);  // in memory and in the log
  const std::vector<std::function<absl::Status()>> work = {
      [&] { return engine().CreateSnapshot("points", "second").status(); },
      [&] { return engine().RestoreSnapshot("first", "copy").status(); },
      [&] { return engine().ExportSnapshot("first").status(); },
      [&] { return engine().ImportSnapshot(archive, "third").status(); }};
  for (const auto& refused : work) {
    FillDisk();  // what was refused before may have given room back
    const absl::Status status = refused();
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  }
  EXPECT_THAT(Snapshots(), ElementsAre("first"));
  EXPECT_EQ(engine().ListCollections()->size(), 1u);
  EXPECT_EQ(FindIds(VectorQuery("points", {3, 1, 2, 3}, 1)).size(), 1u) << "searches go on";
  EXPECT_EQ(engine().Count("points").value(), 1000u);

  fs::remove(ballast());
  WaitForWrites();
  PutSome(1000);
  EXPECT_TRUE(engine().CreateSnapshot("points", "second").ok());
  EXPECT_TRUE(engine().ImportSnapshot(archive, "third").ok());
  EXPECT_TRUE(engine().RestoreSnapshot("third", "copy").ok());
  EXPECT_EQ(engine().Count("copy").value(), 500u);
  Restart();
  EXPECT_EQ(engine().Count("points").value(), 1500u);
}

}  // namespace
}  // namespace voisin::service
