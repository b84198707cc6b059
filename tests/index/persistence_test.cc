#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/thread_pool.h"
#include "index/manifest.h"
#include "tests/index/index_test_data.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kDimensions = 8;

class PersistenceTest : public ::testing::Test {
 protected:
  VectorIndex::Options Options() const {
    VectorIndex::Options options;
    options.dimensions = kDimensions;
    options.params = {.m = 6, .ef_construction = 40, .ef_search = 30};
    options.directory = scratch_.path() / "index";
    options.seal_points = 200;
    return options;
  }

  VectorIndex::Opened Open() { return Open(Options()); }
  VectorIndex::Opened Open(const VectorIndex::Options& options) {
    auto opened = VectorIndex::Open(options, &pool_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  void Fill(VectorIndex& index, PointId from, PointId to) {
    for (PointId id = from; id <= to; ++id) {
      ASSERT_TRUE(index.Add(id, data_.Next()).ok());
      index.SetAppliedLsn(id);
    }
  }

  // Answers that tell two indexes apart: exact ones and walks.
  std::vector<std::vector<Neighbor>> Answers(const VectorIndex& index, bool exact = true) {
    test::ClusteredData queries(99, kDimensions);
    std::vector<std::vector<Neighbor>> answers;
    for (int i = 0; i < 10; ++i) {
      const std::vector<float> vector = queries.Next();
      Query query;
      query.vector = vector;
      query.top_k = 20;
      query.exact = exact;
      answers.push_back(index.Search(query).value().neighbors);
    }
    return answers;
  }

  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(Options().directory)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
  }

  voisin::test::ScratchDir scratch_;
  ThreadPool pool_{{}};
  test::ClusteredData data_{11, kDimensions};
};

TEST_F(PersistenceTest, NewDirectory) {
  const auto opened = Open();
  EXPECT_EQ(opened.applied_lsn, 0u);
  EXPECT_EQ(opened.damage, "");
}

TEST_F(PersistenceTest, SaveAndOpenGiveTheSameAnswers) {
  auto first = Open();
  Fill(*first.index, 1, 1000);
  first.index->WaitUntilIndexed();
  Fill(*first.index, 1001, 1100);
  for (PointId id = 5; id <= 1100; id += 17) ASSERT_TRUE(first.index->Remove(id));
  ASSERT_TRUE(first.index->Save(2000).ok());
  const auto exact = Answers(*first.index);
  const auto walked = Answers(*first.index, false);
  const IndexStats stats = first.index->Stats();
  first.index.reset();

  const auto second = Open();
  EXPECT_EQ(second.damage, "");
  EXPECT_EQ(second.applied_lsn, 2000u);
  EXPECT_EQ(Answers(*second.index), exact);
  EXPECT_EQ(Answers(*second.index, false), walked);
  EXPECT_EQ(second.index->Stats().points, stats.points);
  EXPECT_EQ(second.index->Stats().graph_points, stats.graph_points);
}

TEST_F(PersistenceTest, SavesOnlyWhatIsNew) {
  const fs::path folder = Options().directory, manifest = folder / "MANIFEST";
  ASSERT_TRUE(Open().index->Save(0).ok());
  EXPECT_FALSE(fs::exists(folder)) << "nothing was ever there";
  {
    const auto first = Open();
    Fill(*first.index, 1, 500);
    ASSERT_TRUE(first.index->Save(500).ok());
    first.index->WaitUntilIndexed();
    ASSERT_TRUE(first.index->Save(500).ok()) << "graphs are new";
    EXPECT_EQ(Open().index->Stats().graph_points, 500u);
  }
  const auto second = Open();
  const fs::path away = scratch_.path() / "away";
  fs::rename(manifest, away);
  ASSERT_TRUE(second.index->Save(500).ok());
  EXPECT_FALSE(fs::exists(manifest)) << "nothing has changed";
  fs::rename(away, manifest);
  ASSERT_TRUE(second.index->Remove(3));
  ASSERT_TRUE(second.index->Save(501).ok());
  EXPECT_EQ(Open().applied_lsn, 501u);
}

TEST_F(PersistenceTest, BackgroundManifestThenReplayIsComplete) {
  auto first = Open();
  Fill(*first.index, 1, 1030);
  first.index->WaitUntilIndexed();
  ASSERT_TRUE(first.index->Remove(7));
  first.index->SetAppliedLsn(1031);
  const auto expected = Answers(*first.index);
  first.index.reset();  // without Save, as after a crash

  auto second = Open();
  EXPECT_GT(second.applied_lsn, 0u);
  EXPECT_LE(second.applied_lsn, 1031u);
  data_ = test::ClusteredData(11, kDimensions);
  for (PointId id = 1; id <= 1030; ++id) {
    const std::vector<float> vector = data_.Next();
    if (id > second.applied_lsn) {
      ASSERT_TRUE(second.index->Add(id, vector).ok()) << id;
    }
  }
  if (second.applied_lsn < 1031) second.index->Remove(7);
  EXPECT_EQ(Answers(*second.index), expected);
}

TEST_F(PersistenceTest, PointsBeyondTheAppliedChangeAreLeftToTheReplay) {
  auto first = Open();
  for (PointId id = 1; id <= 500; ++id) ASSERT_TRUE(first.index->Add(id, data_.Next()).ok());
  first.index->SetAppliedLsn(120);
  first.index->WaitUntilIndexed();
  first.index.reset();
  const auto second = Open();
  EXPECT_EQ(second.applied_lsn, 120u);
  EXPECT_EQ(second.index->Stats().points, 120u);
  for (PointId id = 121; id <= 500; ++id) ASSERT_TRUE(second.index->Add(id, data_.Next()).ok());
  second.index->WaitUntilIndexed();
  EXPECT_EQ(second.index->Stats().points, 500u);
}

TEST_F(PersistenceTest, RemovedThenCompactedStaysRemoved) {
  auto first = Open();
  Fill(*first.index, 1, 600);
  ASSERT_TRUE(first.index->Save(600).ok());
  for (PointId id = 1; id <= 590; ++id) ASSERT_TRUE(first.index->Remove(id));
  first.index->WaitUntilIndexed();
  ASSERT_TRUE(first.index->Save(1200).ok());
  first.index.reset();
  const auto second = Open();
  EXPECT_EQ(second.index->Stats().points, 10u);
  EXPECT_LE(Files().size(), 3u) << "files that nothing names are removed";
}

TEST_F(PersistenceTest, OtherShapeAndNewerVersionAreDamage) {
  {
    auto first = Open();
    Fill(*first.index, 1, 300);
    ASSERT_TRUE(first.index->Save(300).ok());
  }
  VectorIndex::Options options = Options();
  options.metric = Metric::l2;
  const auto second = Open(options);
  EXPECT_THAT(second.damage, HasSubstr("expected metric 2, found 0"));
  EXPECT_EQ(second.applied_lsn, 0u);
  EXPECT_EQ(second.index->Stats().points, 0u);
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_TRUE(fs::exists(Options().directory / "damaged" / "MANIFEST"));

  const fs::path manifest = Options().directory / "MANIFEST";
  fs::copy(Options().directory / "damaged" / "MANIFEST", manifest);
  std::fstream(manifest, std::ios::in | std::ios::out | std::ios::binary).seekp(8).put(2);
  EXPECT_THAT(Open().damage, HasSubstr("version 2"));
}

TEST_F(PersistenceTest, EveryDamagedFileIsFoundOrHarmless) {
  {
    auto first = Open();
    Fill(*first.index, 1, 400);
    first.index->WaitUntilIndexed();
    Fill(*first.index, 401, 420);
    ASSERT_TRUE(first.index->Remove(3));
    ASSERT_TRUE(first.index->Save(421).ok());
  }
  const auto expected = Answers(*Open().index);
  const std::vector<fs::path> files = Files();
  ASSERT_EQ(files.size(), 3u);
  std::vector<std::string> contents;
  for (const fs::path& file : files) contents.push_back(ReadFile(file).value());
  const auto restore = [&] {
    for (size_t i = 0; i < files.size(); ++i) std::ofstream(files[i], std::ios::binary) << contents[i];
  };
  const auto expect_found_or_harmless = [&](const std::string& what) {
    const auto opened = Open();
    if (opened.damage.empty()) {
      EXPECT_EQ(opened.applied_lsn, 421u) << what;
      EXPECT_EQ(Answers(*opened.index), expected) << what;
    } else {
      EXPECT_EQ(opened.applied_lsn, 0u) << what;
      EXPECT_EQ(opened.index->Stats().points, 0u) << what;
    }
    restore();
  };
  for (size_t i = 0; i < files.size(); ++i) {
    const size_t step = std::max<size_t>(1, contents[i].size() / 150);
    for (size_t at = 0; at < contents[i].size(); at += at < 200 ? 3 : step) {
      std::string damaged = contents[i];
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      std::ofstream(files[i], std::ios::binary) << damaged;
      expect_found_or_harmless(files[i].filename().string() + " byte " + std::to_string(at));
      if (at % 5 != 0) continue;
      fs::resize_file(files[i], at);
      expect_found_or_harmless(files[i].filename().string() + " cut at " + std::to_string(at));
    }
    fs::remove(files[i]);
    if (files[i].filename() != "MANIFEST") {
      EXPECT_NE(Open().damage, "");
    }
    restore();
  }
}

TEST_F(PersistenceTest, TellsWhatWasSavedInTheBackground) {
  auto options = Options();
  std::atomic<uint64_t> saved = 0;
  options.on_saved = [&](uint64_t lsn) { saved = lsn; };
  const auto opened = Open(options);
  Fill(*opened.index, 1, 450);
  opened.index->WaitUntilIndexed();
  EXPECT_GT(saved, 0u);
  EXPECT_LE(saved, 450u);
  EXPECT_EQ(Open().applied_lsn, saved);
}

TEST_F(PersistenceTest, TellsThatASaveInTheBackgroundFailed) {
  auto options = Options();
  std::atomic<int> failures = 0;
  options.on_saved = [](uint64_t) { ADD_FAILURE() << "nothing can have been saved"; };
  options.on_failure = [&](const absl::Status& status) {
    EXPECT_FALSE(status.ok());
    ++failures;
  };
  const auto opened = Open(options);
  fs::remove_all(options.directory);
  std::ofstream(options.directory) << "no folder";
  Fill(*opened.index, 1, 450);
  opened.index->WaitUntilIndexed();
  EXPECT_GT(failures, 0);
  EXPECT_EQ(opened.index->Stats().points, 450u);
}

}  // namespace
}  // namespace voisin::index
