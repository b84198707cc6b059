#include <fstream>
#include <random>
#include <thread>

#include "base/files.h"
#include "tests/service/engine_fixture.h"
#include "tests/support/live_copy.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr uint32_t kDimensions = 6;

class RecoveryTest : public EngineFixture {
 protected:
  RecoveryTest() {
    options_.seal_points = 100;
    Open();
    MakeVectors("points", kDimensions);
    PutRange(0, 250);
    PutRange(40, 60);  // replaces
    EXPECT_TRUE(engine().Delete({"points", {"1", "2", "3"}, "", ""}).ok());
  }

  static std::vector<float> VectorOf(int i) {
    std::mt19937 random(static_cast<uint32_t>(i));
    std::vector<float> vector;
    for (uint32_t d = 0; d < kDimensions; ++d) vector.push_back(static_cast<float>(random() % 1000) - 500);
    return vector;
  }
  void PutRange(int begin, int end) {
    std::vector<storage::Document> documents;
    for (int i = begin; i < end; ++i) documents.push_back(VectorDocument(std::to_string(i), VectorOf(i)));
    const auto put = Put("points", std::move(documents));
    ASSERT_TRUE(put.ok()) << put.status();
  }
  // Every document but the deleted is found by its own vector, in the index as in the store.
  void ExpectAll(int end) {
    EXPECT_EQ(engine().Count("points").value(), static_cast<uint64_t>(end - 3));
    for (int i = 0; i < end; ++i) {
      SearchRequest query = VectorQuery("points", VectorOf(i), 1);
      const auto ids = FindIds(query);
      if (i >= 1 && i <= 3) {
        EXPECT_NE(ids.at(0), std::to_string(i));
      } else {
        EXPECT_EQ(ids.at(0), std::to_string(i));
      }
    }
    SearchRequest everything = VectorQuery("points", VectorOf(0), 1000);
    everything.exact = true;
    EXPECT_EQ(FindIds(everything).size(), static_cast<size_t>(end - 3));
  }
  std::vector<fs::path> IndexFiles() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(data_dir() / "index")) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
};

TEST_F(RecoveryTest, AfterACleanCloseReplaysNothing) {
  Close();
  Open();
  ExpectAll(250);
  Close();
  EXPECT_THAT(log_text(), HasSubstr("replayed=0 rebuilt=false"));
  EXPECT_THAT(log_text(), testing::Not(HasSubstr("index_rebuild")));
}

TEST_F(RecoveryTest, AfterAKillReplaysTheLog) {
  Restart();  // a saved index, then writes that only the log has
  PutRange(250, 420);
  const fs::path copy = scratch() / "copy";
  ASSERT_TRUE(test::CopyLiveDirectory(data_dir(), copy));
  Close();
  options_.data_dir = copy;
  Open();
  ExpectAll(420);
  PutRange(420, 430);
  Restart();
  ExpectAll(430);
}

TEST_F(RecoveryTest, RebuildsWhenTheIndexIsGone) {
  Close();
  fs::remove_all(data_dir() / "index");
  Open();
  ExpectAll(250);
  PutRange(250, 260);
  Restart();
  ExpectAll(260);
}

TEST_F(RecoveryTest, RebuildsOrReplaysWhenAnyIndexFileIsGone) {
  Close();
  const std::vector<fs::path> files = IndexFiles();
  ASSERT_FALSE(files.empty());
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.string());
    const fs::path saved = scratch() / "saved";
    fs::remove_all(saved);
    fs::copy(data_dir(), saved, fs::copy_options::recursive);
    fs::remove(file);
    Open();
    ExpectAll(250);
    Close();
    fs::remove_all(data_dir());
    fs::rename(saved, data_dir());
  }
}

TEST_F(RecoveryTest, RebuildsWhenAnyIndexFileIsDamaged) {
  Close();
  for (const fs::path& file : IndexFiles()) {
    for (const size_t part : {0u, 1u, 2u}) {
      SCOPED_TRACE(file.string() + " part " + std::to_string(part));
      const fs::path saved = scratch() / "saved";
      fs::remove_all(saved);
      fs::copy(data_dir(), saved, fs::copy_options::recursive);
      std::string bytes = ReadFile(file).value();
      if (!bytes.empty()) bytes[(bytes.size() - 1) * part / 2] ^= 0x20;
      ASSERT_TRUE(WriteFileAtomically(file, bytes).ok());
      Open();
      ExpectAll(250);
      Close();
      fs::remove_all(data_dir());
      fs::rename(saved, data_dir());
    }
  }
  EXPECT_THAT(log_text(), HasSubstr("index_rebuild"));
}

// A long import must not leave a log of all its changes behind.
TEST_F(RecoveryTest, ForgetsChangesThatFilesWrittenMeanwhileHold) {
  const auto forgotten = [this] {
    const fs::path copy = scratch() / "copy";
    fs::remove_all(copy);
    if (!test::CopyLiveDirectory(data_dir(), copy)) return false;
    storage::DocumentStore::Options options;
    options.directory = copy / "db";
    const auto store = storage::DocumentStore::Open(options);
    if (!store.ok()) return false;
    const auto ignore = [](const storage::Change&) { return absl::OkStatus(); };
    return absl::IsOutOfRange((*store)->ReadChanges(1, 0, ignore));
  };
  bool done = false;
  for (int attempt = 0; attempt < 100 && !done; ++attempt) {
    done = forgotten();
    if (done) break;
    // Files written before the first request was whole hold nothing yet; the import goes on.
    if (attempt % 10 == 9) PutRange(100, 250);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(done);
  ExpectAll(250);
}

TEST_F(RecoveryTest, KeepsDeletedCollectionsDeletedAndFreesTheirFiles) {
  MakeVectors("other", kDimensions);
  ASSERT_TRUE(engine().DeleteCollection("points").ok());
  EXPECT_FALSE(fs::exists(data_dir() / "index" / "1"));
  EXPECT_TRUE(absl::IsNotFound(engine().Count("points").status()));
  Restart();
  EXPECT_EQ(engine().ListCollections()->size(), 1u);
  MakeVectors("points", kDimensions);
  EXPECT_EQ(engine().Count("points").value(), 0u);
}

TEST_F(RecoveryTest, RemovesIndexFoldersOfNoCollection) {
  Close();
  fs::create_directories(data_dir() / "index" / "77");
  Open();
  EXPECT_FALSE(fs::exists(data_dir() / "index" / "77"));
}

TEST_F(RecoveryTest, KeepsUpdatedParameters) {
  CollectionParams params;
  params.index.ef_search = 99;
  params.lexical.k1 = 0.5f;
  ASSERT_TRUE(engine().UpdateCollection("points", params).ok());
  Restart();
  EXPECT_EQ(engine().GetCollection("points")->spec.params.ef_search, 99u);
  EXPECT_EQ(engine().GetCollection("points")->spec.lexical.params.k1, 0.5f);
}

// From the moment the engine is there: it says ready only when every answer is whole, and before refuses rather than
// answer in part.
TEST_F(RecoveryTest, ReadinessTellsTheTruthTheWholeTime) {
  for (int begin = 250; begin < 5000; begin += 950) PutRange(begin, begin + 950);
  Close();
  fs::remove_all(data_dir() / "index");
  const auto opened = Engine::Open(options_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  test::BlockingEngine starting(**opened);
  SearchRequest everything = VectorQuery("points", VectorOf(0), 1000);
  everything.exact = true;
  for (bool ready = false; !ready;) {
    ready = (*opened)->readiness() == Readiness::ready;
    const auto found = starting.Search(everything);
    if (found.ok()) {
      EXPECT_EQ(found->hits.size(), 1000u);
      EXPECT_EQ(found->hits[0].document.id, "0");
      EXPECT_EQ(starting.Count("points").value(), 4997u);
    } else {
      EXPECT_FALSE(ready) << found.status();
      EXPECT_TRUE(absl::IsUnavailable(found.status())) << found.status();
    }
  }
}

TEST_F(RecoveryTest, RefusesASecondEngineOnTheSameDirectory) {
  const absl::Status status = Engine::Open(options_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr(data_dir().string()));
  ExpectAll(250);
}

TEST_F(RecoveryTest, RefusesADirectoryOfAnotherFormat) {
  Close();
  ASSERT_TRUE(WriteFileAtomically(data_dir() / "FORMAT", "9\n").ok());
  const absl::Status status = Engine::Open(options_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("expected format \"1\" in"));
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("got \"9\""));
}

TEST_F(RecoveryTest, DrainRefusesNewWorkAndSaves) {
  ASSERT_TRUE(engine().engine().Drain().ok());
  EXPECT_EQ(engine().engine().readiness(), Readiness::draining);
  const absl::Status status = engine().Count("points").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(RetryDelayOf(status).has_value());
  EXPECT_TRUE(engine().engine().Drain().ok());
}

TEST_F(RecoveryTest, DrainWaitsForEveryWriteThatItAccepted) {
  std::vector<test::Answer<UpsertResult>> answers(64);
  for (size_t i = 0; i < answers.size(); ++i) {
    const int n = 1000 + static_cast<int>(i);
    engine().engine().Upsert({"points", {VectorDocument(std::to_string(n), VectorOf(n))}, "", {}}, {},
                             answers[i].callback());
  }
  ASSERT_TRUE(engine().engine().Drain().ok());
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.calls(), 1);
    EXPECT_TRUE(answer.Wait().ok());
  }
}

}  // namespace
}  // namespace voisin::service
