// What a store says when its files are not as it left them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "base/files.h"
#include "rocksdb/db.h"
#include "storage/keys.h"
#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

using ::testing::HasSubstr;

std::vector<std::filesystem::path> FilesLike(const std::filesystem::path& directory,
                                             const std::string& part) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().find(part) != std::string::npos) files.push_back(entry.path());
  }
  return files;
}

void FlipByte(const std::filesystem::path& file, size_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 0x40);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

// Of an open store too: it may remove obsolete files meanwhile.
void CopyFolder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, error);
    if (!error) return;
  }
  FAIL() << error.message();
}

// Opens the tables from outside, as a later version or a faulty program would, and runs `change`.
template <class Change>
void WithTables(const std::filesystem::path& directory, const Change& change) {
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (int i = 0; i < kTableCount; ++i) {
    descriptors.emplace_back(std::string(TableName(static_cast<Table>(i))), rocksdb::ColumnFamilyOptions());
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(rocksdb::DBOptions(), directory.string(), descriptors, &handles, &db);
  ASSERT_TRUE(status.ok()) << status.ToString();
  change(*db, handles);
  for (auto* handle : handles) ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  ASSERT_TRUE(db->Close().ok());
  delete db;
}

void Fill(StoreFixture& fixture) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(fixture.Upsert({MakeDocument("d" + std::to_string(i), i)}).ok());
}

// Reads everything there is; the first error.
absl::Status ReadAll(DocumentStore& store, CollectionNumber collection) {
  const auto page = store.List(collection, Filter(), "", 1'000, kAllParts);
  if (!page.ok()) return page.status();
  return store.ReadChanges(collection, 0, [](const Change&) { return absl::OkStatus(); });
}

using Positions = std::function<std::vector<size_t>(const std::filesystem::path& file)>;

Positions Every(size_t step) {
  return [step](const std::filesystem::path& file) {
    std::vector<size_t> positions;
    for (size_t at = 0; at < std::filesystem::file_size(file); at += step) positions.push_back(at);
    return positions;
  };
}

// The high byte of each record's length in the first block of a RocksDB log.
std::vector<size_t> HighLengthBytes(const std::filesystem::path& file) {
  const std::string log = ReadFile(file).value();
  std::vector<size_t> positions;
  for (size_t at = 0; at + 7 <= std::min<size_t>(log.size(), size_t{32} << 10);) {
    positions.push_back(at + 5);
    at +=
        7 + static_cast<uint8_t>(log[at + 4]) + 256 * static_cast<size_t>(static_cast<uint8_t>(log[at + 5]));
  }
  return positions;
}

// Flips single bytes of `file`, each on a fresh copy: the store must give either an error that is not "ok"
// and not a crash, or exactly what was stored.
void ExpectFoundOrHarmless(StoreFixture& fixture, const std::string& part, const Positions& positions) {
  const auto expected = fixture.Contents();
  test::ScratchDir crashed;
  CopyFolder(fixture.directory(), crashed.path());
  fixture.Close();
  const auto files = FilesLike(crashed.path(), part);
  ASSERT_FALSE(files.empty()) << part;
  const std::string name = files.front().filename().string();
  size_t found = 0;
  for (const size_t at : positions(files.front())) {
    test::ScratchDir copy;
    CopyFolder(crashed.path(), copy.path());
    FlipByte(copy.path() / name, at);
    DocumentStore::Options options = fixture.OptionsHere();
    options.directory = copy.path();
    const auto store = DocumentStore::Open(options);
    const absl::Status status = store.ok() ? ReadAll(**store, fixture.collection()) : store.status();
    found += !status.ok();
    if (!status.ok()) {
      EXPECT_FALSE(status.message().empty());
      continue;
    }
    const auto page = (*store)->List(fixture.collection(), Filter(), "", 1'000, kAllParts);
    ASSERT_EQ(page->documents.size(), expected.size()) << name << " byte " << at;
    for (const StoredDocument& stored : page->documents) {
      EXPECT_EQ(stored.document, expected.at(stored.document.id).document) << name << " byte " << at;
    }
  }
  EXPECT_GT(found, 0u) << name;
}

TEST(Damage, ByteOfTheManifest) {
  StoreFixture fixture;
  Fill(fixture);
  ExpectFoundOrHarmless(fixture, "MANIFEST", Every(97));
}

TEST(Damage, LengthInTheManifest) {
  StoreFixture fixture;
  Fill(fixture);
  ExpectFoundOrHarmless(fixture, "MANIFEST", HighLengthBytes);
}

TEST(Damage, LengthInTheLog) {
  StoreFixture fixture;
  Fill(fixture);
  ExpectFoundOrHarmless(fixture, ".log", HighLengthBytes);
}

TEST(Damage, LogCutByACrashOpensWithWhatCameBefore) {
  StoreFixture fixture;
  Fill(fixture);
  test::ScratchDir crashed;
  CopyFolder(fixture.directory(), crashed.path());
  fixture.Close();
  const std::filesystem::path log = FilesLike(crashed.path(), ".log").front().filename();
  const uint64_t size = std::filesystem::file_size(crashed.path() / log);
  size_t before = 0;
  for (uint64_t length = 0; length <= size; length += 331) {
    test::ScratchDir copy;
    CopyFolder(crashed.path(), copy.path());
    std::filesystem::resize_file(copy.path() / log, length);
    DocumentStore::Options options = fixture.OptionsHere();
    options.directory = copy.path();
    const auto store = DocumentStore::Open(options);
    ASSERT_TRUE(store.ok()) << length << " bytes: " << store.status();
    const auto page = (*store)->List(fixture.collection(), Filter(), "", 1'000, kAllParts);
    if (!page.ok()) continue;  // the collection itself came later
    EXPECT_GE(page->documents.size(), before);
    before = page->documents.size();
  }
  EXPECT_GT(before, 40u);
}

TEST(Damage, ByteOfCurrent) {
  StoreFixture fixture;
  Fill(fixture);
  ExpectFoundOrHarmless(fixture, "CURRENT", Every(5));
}

TEST(Damage, ByteOfTheLog) {
  StoreFixture fixture;
  Fill(fixture);
  ExpectFoundOrHarmless(fixture, ".log", Every(499));
}

TEST(Damage, ByteOfTables) {
  StoreFixture fixture;
  Fill(fixture);
  fixture.Reopen();
  ExpectFoundOrHarmless(fixture, ".sst", Every(131));
}

TEST(Damage, MissingCurrentIsNotAnEmptyStore) {
  StoreFixture fixture;
  Fill(fixture);
  fixture.Close();
  std::filesystem::remove(fixture.directory() / "CURRENT");
  const auto opened = DocumentStore::Open(fixture.OptionsHere());
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(opened.status().message(), HasSubstr("CURRENT"));
}

// A loss of power in the very first start leaves the first manifest, and no name CURRENT for it.
TEST(Damage, CreationThatWasCutShortIsAnEmptyStore) {
  StoreFixture fixture;
  fixture.Close();
  for (const auto& entry : std::filesystem::directory_iterator(fixture.directory())) {
    std::filesystem::remove(entry.path());
  }
  std::ofstream(fixture.directory() / "MANIFEST-000001") << "half";
  const auto opened = DocumentStore::Open(fixture.OptionsHere());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE((*opened)->ListCollections()->empty());
}

TEST(Damage, FaultyRowNamesCollectionAndPoint) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a"), MakeDocument("b")}).ok());
  fixture.Close();
  WithTables(fixture.directory(), [&](rocksdb::DB& db, const auto& handles) {
    const std::string key = PointKey(fixture.collection(), 2);
    ASSERT_TRUE(db.Put({}, handles[static_cast<size_t>(Table::documents)], key, "\x09garbage").ok());
    ASSERT_TRUE(db.Delete({}, handles[static_cast<size_t>(Table::vectors)], key).ok());
    ASSERT_TRUE(
        db.Put({}, handles[static_cast<size_t>(Table::keys)], NameKey(fixture.collection(), "c"), "x").ok());
  });
  fixture.Reopen();
  const auto get = [&](ReadMask mask) {
    return fixture.store().Get(fixture.collection(), "b", mask).status();
  };
  EXPECT_EQ(get({}).code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(get({}).message(), HasSubstr("collection 1, point 2: damaged record"));
  EXPECT_THAT(get({.text = false, .metadata = true, .vector = true}).message(),
              HasSubstr("collection 1, point 2: expected a row in vectors"));
  EXPECT_TRUE(fixture.store().Get(fixture.collection(), "a", kAllParts).ok());
  const auto upsert = fixture.Upsert({MakeDocument("c")});
  EXPECT_EQ(upsert.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(upsert.status().message(), HasSubstr("collection 1, document \"c\""));
  EXPECT_TRUE(fixture.Upsert({MakeDocument("d")}).ok());
}

TEST(Damage, NewerFormatIsRefusedByName) {
  StoreFixture fixture;
  fixture.Close();
  WithTables(fixture.directory(), [&](rocksdb::DB& db, const auto& handles) {
    ASSERT_TRUE(db.Put({}, handles[0], std::string(kFormatKey), "7").ok());
    rocksdb::ColumnFamilyHandle* unknown = nullptr;
    ASSERT_TRUE(db.CreateColumnFamily({}, "of_the_future", &unknown).ok());
    ASSERT_TRUE(db.DestroyColumnFamilyHandle(unknown).ok());
  });
  const auto opened = DocumentStore::Open(fixture.OptionsHere());
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(opened.status().message(), HasSubstr("format version 7, this program reads up to 2"));
}

TEST(Damage, SecondOpenIsRefusedByName) {
  StoreFixture fixture;
  const auto second = DocumentStore::Open(fixture.OptionsHere());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.status().message(), HasSubstr(fixture.directory().string()));
  EXPECT_THAT(second.status().message(), HasSubstr("this process"));
  EXPECT_TRUE(fixture.Upsert({MakeDocument("a")}).ok()) << "the first goes on";
}

// Locks the file as another process that has the store open does, tells so through `ready`, and waits to be
// killed.
[[noreturn]] void HoldLock(const std::string& file, int ready) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool locked = fcntl(open(file.c_str(), O_RDWR), F_SETLK, &lock) == 0;
  (void)!write(ready, locked ? "y" : "n", 1);
  while (true) pause();
}

TEST(Damage, OpenInAnotherProcessNamesIt) {
  StoreFixture fixture;
  fixture.Close();
  const std::string lock_file = (fixture.directory() / "LOCK").string();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) HoldLock(lock_file, ends[1]);
  char answer = 0;
  ASSERT_EQ(read(ends[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto opened = DocumentStore::Open(fixture.OptionsHere());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(opened.status().message(), HasSubstr("is open in process " + std::to_string(child)));
  fixture.Reopen();
}

// No file of this process grows past `bytes` while this lives: writes fail as those of a broken disk do.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit tight = {.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_ = {};
};

TEST(Damage, FailedWriteFailsItsEntriesAndChangesNothing) {
  StoreFixture fixture;
  Fill(fixture);
  const auto before = fixture.Contents();
  const Lsn last = *fixture.store().LastLsn(fixture.collection());
  Document big = MakeDocument("big");
  big.vector.resize(100'000);
  {
    FileSizeLimit limit(20'000);
    for (int i = 0; i < 3; ++i) {
      const auto failed = fixture.Upsert({MakeDocument("small"), big}, "r");
      EXPECT_EQ(failed.status().code(), absl::StatusCode::kUnavailable) << failed.status();
      EXPECT_THAT(failed.status().message(), HasSubstr("File too large"));
    }
    EXPECT_EQ(*fixture.store().LastLsn(fixture.collection()), last);
    EXPECT_EQ(*fixture.store().Count(fixture.collection()), before.size());
    EXPECT_EQ(fixture.Contents().size(), before.size()) << "reads go on";
  }
  fixture.Reopen();
  EXPECT_THAT(fixture.write_health, testing::ElementsAre(absl::StatusCode::kUnavailable)) << "told once";
  EXPECT_EQ(fixture.Contents().size(), before.size());
  const auto again = fixture.Upsert({MakeDocument("small"), big}, "r");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->replayed);
  EXPECT_EQ(again->lsn, last + 2);
}

}  // namespace
}  // namespace voisin::storage
