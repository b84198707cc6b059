#include <fstream>
#include <numeric>
#include <random>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "base/files.h"
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

// Nothing that a compressor could shorten: what is written stands in the files as it is.
std::string RandomText(std::mt19937& random, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text.push_back(static_cast<char>('!' + random() % 90));
  return text;
}

std::vector<float> RandomVector(std::mt19937& random, size_t dimensions) {
  std::normal_distribution<float> component;
  std::vector<float> vector(dimensions);
  for (float& value : vector) value = component(random);
  return vector;
}

std::string BytesOf(const std::vector<float>& vector) {
  return {reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)};
}

// As an index of words keeps it.
std::string TermOf(std::string_view word) {
  const uint64_t term = Checksum(word);
  return {reinterpret_cast<const char*>(&term), sizeof term};
}

class CompactionTest : public EngineFixture {
 protected:
  static constexpr uint32_t kDimensions = 16;

  CompactionTest() { options_.seal_points = 256; }

  // Files below the data directory that hold these bytes.
  std::vector<std::string> FilesWith(const std::string& bytes) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(data_dir())) {
      if (!entry.is_regular_file()) continue;
      const auto content = ReadFile(entry.path());
      if (content.ok() && content->find(bytes) != std::string::npos) names.push_back(entry.path().string());
    }
    return names;
  }

  storage::Document RandomDocument(const std::string& id, size_t text_bytes) {
    storage::Document document = VectorDocument(id, RandomVector(random_, kDimensions));
    document.text = RandomText(random_, text_bytes);
    return document;
  }

  // `share` of the documents d0 .. d(count - 1), anew.
  void PutMany(const std::string& collection, int count, double share) {
    std::uniform_real_distribution<double> chance;
    std::vector<storage::Document> documents;
    for (int i = 0; i < count; ++i) {
      if (chance(random_) < share) documents.push_back(RandomDocument("d" + std::to_string(i), 300));
    }
    ASSERT_TRUE(Put(collection, std::move(documents)).ok());
  }

  void EraseOne(const std::string& collection, const std::string& id) {
    DeleteRequest request;
    request.collection = collection;
    request.ids = {id};
    ASSERT_TRUE(engine().Delete(request).ok());
  }

  double Recall(const std::string& collection) {
    size_t found = 0, wanted = 0;
    for (int i = 0; i < 50; ++i) {
      SearchRequest query = VectorQuery(collection, RandomVector(random_, kDimensions));
      query.ef = 32;
      const std::vector<std::string> quick = FindIds(query);
      query.exact = true;
      const std::vector<std::string> exact = FindIds(query);
      wanted += exact.size();
      for (const std::string& id : exact) found += static_cast<size_t>(std::ranges::count(quick, id));
    }
    return static_cast<double>(found) / static_cast<double>(wanted);
  }

  uint64_t IndexBytes(size_t number) const {
    uint64_t bytes = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator(data_dir() / "index" / std::to_string(number))) {
      if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return bytes;
  }

  std::mt19937 random_{20'261'125};
};

TEST_F(CompactionTest, ErasedTextsAndVectorsAreInNoFile) {
  Open();
  MakeVectors("c", kDimensions, index::Metric::dot);  // stored as it comes, not normalised
  PutMany("c", 1000, 1);
  storage::Document erased = RandomDocument("erased", 200);
  erased.text += " quizzaciously";
  const storage::Document replaced = RandomDocument("replaced", 200);
  ASSERT_TRUE(Put("c", {erased, replaced}).ok());
  PutMany("c", 1000, 0.2);  // seals the segment that holds them
  ASSERT_TRUE(engine().CompactCollection("c").ok());
  const std::vector<std::string> secrets = {erased.text, BytesOf(erased.vector), replaced.text,
                                            BytesOf(replaced.vector), TermOf("quizzaciously")};
  for (const std::string& secret : secrets) EXPECT_FALSE(FilesWith(secret).empty());

  EraseOne("c", "erased");
  ASSERT_TRUE(Put("c", {RandomDocument("replaced", 200)}).ok());
  for (const std::string& secret : secrets) EXPECT_FALSE(FilesWith(secret).empty());
  ASSERT_TRUE(engine().CompactCollection("c").ok());
  for (const std::string& secret : secrets) EXPECT_THAT(FilesWith(secret), testing::IsEmpty());
  Restart();
  for (const std::string& secret : secrets) EXPECT_THAT(FilesWith(secret), testing::IsEmpty());
  EXPECT_EQ(*engine().Count("c"), 1001u);
}

TEST_F(CompactionTest, SnapshotsKeepWhatTheyHold) {
  Open();
  MakeVectors("c", kDimensions);
  const storage::Document erased = RandomDocument("erased", 200);
  ASSERT_TRUE(Put("c", {erased}).ok());
  ASSERT_TRUE(engine().CreateSnapshot("c", "kept").ok());
  EraseOne("c", "erased");
  ASSERT_TRUE(engine().CompactCollection("c").ok());
  // Files that the checkpoint held back go a moment later.
  const auto outside = [&] {
    std::vector<std::string> files = FilesWith(erased.text);
    std::erase_if(files,
                  [](const std::string& file) { return file.find("snapshots/kept") != std::string::npos; });
    return files;
  };
  for (int wait = 0; wait < 200 && !outside().empty(); ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_THAT(outside(), testing::IsEmpty());
  ASSERT_TRUE(engine().RestoreSnapshot("kept", "back").ok());
  EXPECT_EQ(*engine().Count("back"), 1u);
}

TEST_F(CompactionTest, NineTenthsReplacedTakesNoMoreRoomThanANewCollection) {
  Open();
  MakeVectors("old", kDimensions);
  PutMany("old", 3000, 1);
  for (int round = 0; round < 3; ++round) PutMany("old", 3000, 0.9);
  const auto worn = engine().GetCollection("old");
  const auto compacted = engine().CompactCollection("old");
  ASSERT_TRUE(compacted.ok()) << compacted.status();
  MakeVectors("new", kDimensions);
  PutMany("new", 3000, 1);
  const auto fresh = engine().CompactCollection("new");
  ASSERT_TRUE(fresh.ok()) << fresh.status();
  EXPECT_EQ(compacted->document_count, fresh->document_count);
  EXPECT_GT(static_cast<double>(worn->storage_bytes), 1.1 * static_cast<double>(fresh->storage_bytes));
  EXPECT_LT(static_cast<double>(compacted->storage_bytes), 1.1 * static_cast<double>(fresh->storage_bytes));
  EXPECT_LT(static_cast<double>(compacted->memory_bytes), 1.1 * static_cast<double>(fresh->memory_bytes));
  EXPECT_LT(static_cast<double>(IndexBytes(1)), 1.1 * static_cast<double>(IndexBytes(2)));
  EXPECT_GT(Recall("old"), Recall("new") - 0.02);
}

TEST_F(CompactionTest, RunsBesideWritesAndSearches) {
  Open();
  MakeVectors("c", kDimensions);
  PutMany("c", 1000, 1);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    std::mt19937 random(1);
    for (int i = 0; !stop; ++i) {
      EXPECT_TRUE(
          Put("c", {VectorDocument("d" + std::to_string(i % 1000), RandomVector(random, kDimensions))}).ok());
    }
  });
  std::thread searcher([&] {
    std::mt19937 random(2);
    while (!stop) {
      const auto result = engine().Search(VectorQuery("c", RandomVector(random, kDimensions)));
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_EQ(result->hits.size(), 10u);
    }
  });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(engine().CompactCollection("c").ok());
  stop = true;
  writer.join();
  searcher.join();
  EXPECT_EQ(*engine().Count("c"), 1000u);
}

TEST_F(CompactionTest, RefusesWhatIsNotThere) {
  Open();
  EXPECT_TRUE(absl::IsNotFound(engine().CompactCollection("absent").status()));
}

}  // namespace
}  // namespace voisin::service
