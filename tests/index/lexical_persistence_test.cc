#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "base/files.h"
#include "base/thread_pool.h"
#include "index/index_links.h"
#include "index/vector_index.h"
#include "tests/index/lexical_reference.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LexicalPersistenceTest : public ::testing::Test {
 protected:
  LexicalIndex::Options Options() const {
    LexicalIndex::Options options;
    options.directory = scratch_.path() / "lexical";
    options.seal_points = 200;
    return options;
  }

  LexicalIndex::Opened Open() { return Open(Options()); }
  LexicalIndex::Opened Open(const LexicalIndex::Options& options) {
    auto opened = LexicalIndex::Open(options, &pool_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  void Fill(LexicalIndex& index, PointId from, PointId to) {
    for (PointId id = from; id <= to; ++id) {
      ASSERT_TRUE(index.Add(id, data_.NextDocument()).ok());
      index.SetAppliedLsn(id);
    }
  }

  std::vector<std::vector<Neighbor>> Answers(const LexicalIndex& index) {
    test::LexicalData queries(99, 100);
    std::vector<std::vector<Neighbor>> answers;
    for (int i = 0; i < 10; ++i) {
      const std::vector<QueryTerm> terms = queries.NextQuery();
      answers.push_back(index.Search({terms, 20}).value().neighbors);
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
  test::LexicalData data_{11, 100};
};

TEST_F(LexicalPersistenceTest, SaveAndOpenGiveTheSameAnswers) {
  auto first = Open();
  EXPECT_EQ(first.applied_lsn, 0u);
  Fill(*first.index, 1, 1000);
  first.index->WaitUntilIndexed();
  Fill(*first.index, 1001, 1100);
  for (PointId id = 5; id <= 1100; id += 17) ASSERT_TRUE(first.index->Remove(id));
  ASSERT_TRUE(first.index->Save(2000).ok());
  const auto answers = Answers(*first.index);
  const LexicalStats stats = first.index->Stats();
  first.index.reset();

  const auto second = Open();
  EXPECT_EQ(second.damage, "");
  EXPECT_EQ(second.applied_lsn, 2000u);
  EXPECT_EQ(Answers(*second.index), answers);
  EXPECT_EQ(second.index->Stats().points, stats.points);
  second.index->WaitUntilIndexed();
  EXPECT_EQ(Answers(*second.index), answers);
}

TEST_F(LexicalPersistenceTest, SavesOnlyWhatIsNew) {
  const fs::path folder = Options().directory, manifest = folder / "MANIFEST";
  ASSERT_TRUE(Open().index->Save(0).ok());
  EXPECT_FALSE(fs::exists(folder)) << "nothing was ever there";
  {
    const auto first = Open();
    Fill(*first.index, 1, 500);
    ASSERT_TRUE(first.index->Save(500).ok());
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

TEST_F(LexicalPersistenceTest, BackgroundManifestThenReplayIsComplete) {
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
  data_ = test::LexicalData(11, 100);
  for (PointId id = 1; id <= 1030; ++id) {
    const test::Terms terms = data_.NextDocument();
    if (id > second.applied_lsn) {
      ASSERT_TRUE(second.index->Add(id, terms).ok()) << id;
    }
  }
  if (second.applied_lsn < 1031) second.index->Remove(7);
  EXPECT_EQ(Answers(*second.index), expected);
}

TEST_F(LexicalPersistenceTest, PointsBeyondTheAppliedChangeAreLeftToTheReplay) {
  auto first = Open();
  std::vector<test::Terms> documents;
  for (PointId id = 1; id <= 500; ++id) {
    documents.push_back(data_.NextDocument());
    ASSERT_TRUE(first.index->Add(id, documents.back()).ok());
    if (id == 120) first.index->SetAppliedLsn(120);  // the files of what follows say so
  }
  const auto expected = Answers(*first.index);
  first.index->WaitUntilIndexed();
  first.index.reset();
  const auto second = Open();
  EXPECT_EQ(second.applied_lsn, 120u);
  EXPECT_EQ(second.index->Stats().points, 120u);
  for (PointId id = 121; id <= 500; ++id) ASSERT_TRUE(second.index->Add(id, documents[id - 1]).ok());
  EXPECT_EQ(Answers(*second.index), expected);
  second.index->WaitUntilIndexed();
  EXPECT_EQ(Answers(*second.index), expected);
}

TEST_F(LexicalPersistenceTest, RemovedThenMergedStaysRemovedAndLeavesNoFiles) {
  auto first = Open();
  Fill(*first.index, 1, 600);
  ASSERT_TRUE(first.index->Save(600).ok());
  for (PointId id = 1; id <= 590; ++id) ASSERT_TRUE(first.index->Remove(id));
  first.index->WaitUntilIndexed();
  EXPECT_EQ(first.index->Stats().dead, 0u);
  ASSERT_TRUE(first.index->Save(1200).ok());
  first.index.reset();
  const auto second = Open();
  EXPECT_EQ(second.index->Stats().points, 10u);
  EXPECT_LE(Files().size(), 3u) << "files that nothing names are removed";
}

// A hash of eight bytes that are nowhere by chance.
std::string BytesOf(TermId term) { return {reinterpret_cast<const char*>(&term), sizeof term}; }

TEST_F(LexicalPersistenceTest, CompactionLeavesNoWordOfWhatWasRemoved) {
  constexpr TermId kSecret = 0xfedc'ba98'7654'3210;
  const auto holds_secret = [&](const fs::path& file) {
    return ReadFile(file).value().find(BytesOf(kSecret)) != std::string::npos;
  };
  auto first = Open();
  Fill(*first.index, 1, 1000);
  first.index->WaitUntilIndexed();
  ASSERT_TRUE(first.index->Add(1001, test::Terms{{kSecret, 1}, {1, 2}}).ok());
  Fill(*first.index, 1002, 1300);
  ASSERT_TRUE(first.index->Save(1300).ok());
  EXPECT_TRUE(std::ranges::any_of(Files(), holds_secret));

  ASSERT_TRUE(first.index->Remove(1001));
  first.index->SetAppliedLsn(1301);
  const auto expected = Answers(*first.index);
  ASSERT_TRUE(first.index->Compact().ok());
  EXPECT_EQ(first.index->Stats().dead, 0u);
  EXPECT_TRUE(std::ranges::none_of(Files(), holds_secret));
  EXPECT_EQ(Answers(*first.index), expected);
  first.index.reset();

  const auto second = Open();
  EXPECT_EQ(second.applied_lsn, 1301u);
  EXPECT_EQ(Answers(*second.index), expected);
}

TEST_F(LexicalPersistenceTest, CompactionRemovesWhatWasSetAside) {
  {
    auto first = Open();
    Fill(*first.index, 1, 300);
    ASSERT_TRUE(first.index->Save(300).ok());
  }
  std::fstream(Files().front(), std::ios::in | std::ios::out | std::ios::binary).seekp(9).put('!');
  auto second = Open();
  EXPECT_NE(second.damage, "");
  EXPECT_TRUE(fs::exists(Options().directory / "damaged"));
  ASSERT_TRUE(second.index->Compact().ok());
  EXPECT_FALSE(fs::exists(Options().directory / "damaged"));
}

TEST_F(LexicalPersistenceTest, ManyStopsDoNotMakeManySegments) {
  for (PointId id = 1; id <= 40; ++id) {
    const auto opened = Open();
    Fill(*opened.index, id, id);
    ASSERT_TRUE(opened.index->Save(id).ok());
    opened.index->WaitUntilIndexed();
    EXPECT_LE(opened.index->Stats().segments, 6u);
  }
}

TEST_F(LexicalPersistenceTest, AnIndexOfVectorsIsNotOfWords) {
  auto vectors = VectorIndex::Open({.dimensions = 3, .params = {}, .directory = Options().directory}, &pool_);
  const std::vector<float> vector{1, 2, 3};
  ASSERT_TRUE(vectors->index->Add(1, vector).ok());
  ASSERT_TRUE(vectors->index->Save(1).ok());
  vectors->index.reset();
  EXPECT_THAT(Open().damage, HasSubstr("expected vectors of 0 dimensions, found 3"));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(LexicalPersistenceTest, FilesAreLinkedForSnapshots) {
  auto first = Open();
  Fill(*first.index, 1, 450);
  ASSERT_TRUE(first.index->Save(450).ok());
  const auto expected = Answers(*first.index);
  LexicalIndex::Options copy = Options();
  copy.directory = scratch_.path() / "copy";
  EXPECT_EQ(LinkIndexFiles(Options().directory, copy.directory).value(), 450u);
  EXPECT_EQ(Answers(*Open(copy).index), expected);
}

TEST_F(LexicalPersistenceTest, EveryDamagedFileIsFoundOrHarmless) {
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
  ASSERT_GE(files.size(), 3u);
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
    for (size_t at = 0; at < contents[i].size(); at += at < 350 ? 3 : step) {
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

TEST_F(LexicalPersistenceTest, TellsWhatTheBackgroundSavedAndWhatItCouldNot) {
  auto options = Options();
  std::atomic<uint64_t> saved = 0;
  std::atomic<int> failures = 0;
  options.on_saved = [&](uint64_t lsn) { saved = lsn; };
  options.on_failure = [&](const absl::Status& status) {
    EXPECT_FALSE(status.ok());
    ++failures;
  };
  auto opened = Open(options);
  Fill(*opened.index, 1, 450);
  opened.index->WaitUntilIndexed();
  EXPECT_GT(saved, 0u);
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(Open().applied_lsn, saved);
  fs::remove_all(options.directory);
  std::ofstream(options.directory) << "no folder";
  Fill(*opened.index, 451, 900);
  opened.index->WaitUntilIndexed();
  EXPECT_GT(failures, 0);
  EXPECT_EQ(opened.index->Stats().points, 900u);
}

}  // namespace
}  // namespace voisin::index
