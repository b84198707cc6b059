// The offline check of data directories: whole ones, and one damage of each kind.
#include "service/data_check.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "index/manifest.h"
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;
using storage::CheckedPart;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class DataCheckTest : public EngineFixture {
 protected:
  DataCheckTest() {
    options_.seal_points = 100;
    Open();
    MakeVectors("points", 3);
    std::vector<storage::Document> documents;
    for (int i = 0; i < 250; ++i) {
      documents.push_back(
          VectorDocument("id" + std::to_string(i), {float(i) + 1, 1, 2}, {{"n", {double(i)}}}));
      documents.back().text = "words of number " + std::to_string(i);
      if (i % 10 == 0) documents.back().expire_time_us = 4'000'000'000'000'000;
    }
    EXPECT_TRUE(Put("points", documents, "request").ok());
    documents.resize(30);
    EXPECT_TRUE(Put("points", documents).ok());
    EXPECT_TRUE(engine().Delete({"points", {"id1", "id2"}, "", ""}).ok());
    MakeVectors("empty", 2);
    EXPECT_TRUE(engine().CreateSnapshot("points", "kept").ok());
  }

  std::vector<CheckedPart> Check() {
    const auto parts = CheckDataDirectory(options_.data_dir);
    EXPECT_TRUE(parts.ok()) << parts.status();
    return parts.ok() ? *parts : std::vector<CheckedPart>();
  }
  // "PART: PROBLEM" of each.
  std::vector<std::string> Problems() {
    std::vector<std::string> all;
    for (const CheckedPart& part : Check()) {
      for (const std::string& problem : part.problems) all.push_back(part.name + ": " + problem);
    }
    return all;
  }
  static std::map<std::string, std::string> Contents(const fs::path& folder) {
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) contents[entry.path().string()] = ReadFile(entry.path()).value();
    }
    return contents;
  }
  std::vector<fs::path> FilesIn(const fs::path& folder, const std::string& ending) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().string().ends_with(ending)) files.push_back(entry.path());
    }
    return files;
  }
  // In place, as a disk does it: hard links of the file see it too.
  static void Flip(const fs::path& file, double part) {
    std::string bytes = ReadFile(file).value();
    bytes[static_cast<size_t>(static_cast<double>(bytes.size() - 1) * part)] ^= 4;
    fs::remove(file);
    ASSERT_TRUE(WriteFileAtomically(file, bytes).ok());
  }
};

TEST_F(DataCheckTest, AWholeDirectoryHasNoProblemAndIsNotTouched) {
  Close();
  const auto before = Contents(data_dir());
  std::map<std::string, uint64_t> checked;
  for (const CheckedPart& part : Check()) {
    EXPECT_EQ(part.problem_count, 0u) << part.name;
    checked[part.name] = part.checked;
  }
  EXPECT_EQ(checked.at("collections"), 2u);
  for (const char* table : {"keys", "documents", "metadata", "vectors"})
    EXPECT_EQ(checked.at(table), 248u) << table;
  EXPECT_EQ(checked.at("expiry"), 25u);
  EXPECT_EQ(checked.at("requests"), 1u);
  EXPECT_GT(checked.at("database"), 0u);
  EXPECT_GT(checked.at("index/1"), 0u);
  EXPECT_GT(checked.at("index/1/lexical"), 0u);
  EXPECT_GT(checked.at("snapshots/kept"), 0u);
  EXPECT_EQ(Contents(data_dir()), before);
}

TEST_F(DataCheckTest, AServerThatHoldsTheDirectoryIsNamed) {
  const absl::Status status = CheckDataDirectory(data_dir()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("is open in this process"));
}

TEST_F(DataCheckTest, WhatIsNoDataDirectoryIsRefused) {
  EXPECT_TRUE(absl::IsNotFound(CheckDataDirectory(scratch() / "nothing").status()));
  Close();
  ASSERT_TRUE(WriteFileAtomically(data_dir() / "FORMAT", "2\n").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckDataDirectory(data_dir()).status()));
}

TEST_F(DataCheckTest, ADamagedTableIsFound) {
  Close();
  ASSERT_TRUE(fs::remove_all(data_dir() / "snapshots") > 0);
  const auto tables = FilesIn(data_dir() / "db", ".sst");
  ASSERT_FALSE(tables.empty());
  for (const fs::path& table : tables) {
    SCOPED_TRACE(table.string());
    const std::string whole = ReadFile(table).value();
    Flip(table, 0.1);
    EXPECT_FALSE(Problems().empty());
    fs::remove(table);
    EXPECT_FALSE(Problems().empty()) << "missing";
    ASSERT_TRUE(WriteFileAtomically(table, whole).ok());
  }
  EXPECT_TRUE(Problems().empty());
}

TEST_F(DataCheckTest, DamagedFilesOfTheIndexesAreNamed) {
  Close();
  for (const std::string index : {"index/1", "index/1/lexical"}) {
    for (const fs::path& file : FilesIn(data_dir() / index, "")) {
      if (fs::is_directory(file)) continue;
      const std::string name = file.filename();
      const std::string named = absl::StrCat(index, ": ", name), whole = ReadFile(file).value();
      Flip(file, name == "MANIFEST" ? 0.1 : 0.7);
      EXPECT_THAT(Problems(), ElementsAre(HasSubstr(named)));
      fs::remove(file);
      if (name != "MANIFEST") {
        EXPECT_THAT(Problems(), ElementsAre(HasSubstr(named)));
      }
      ASSERT_TRUE(WriteFileAtomically(file, whole).ok());
    }
  }
  EXPECT_TRUE(Problems().empty());
}

// Whole files, yet not of the documents that the records say.
TEST_F(DataCheckTest, WordsOfOtherDocumentsAreFound) {
  Close();
  const fs::path words = data_dir() / "index" / "1" / "lexical";
  const uint64_t lsn = index::ParseManifest(ReadFile(words / "MANIFEST").value())->applied_lsn;
  ASSERT_TRUE(index::WriteManifest(words / "MANIFEST", {{}, lsn + 1, {}, {}}).ok());
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("index/1/lexical: expected every change up to one of")));
  ASSERT_TRUE(index::WriteManifest(words / "MANIFEST", {{}, lsn, {}, {}}).ok());
  EXPECT_THAT(Problems(), ElementsAre("index/1/lexical: expected 248 points, got 0"));
  fs::remove_all(words);
  fs::copy(data_dir() / "index" / "1", words);
  EXPECT_THAT(Problems(),
              ElementsAre(HasSubstr("index/1/lexical: MANIFEST: expected vectors of 0 dimensions")));
}

TEST_F(DataCheckTest, AnIndexOfAnotherCollectionIsFound) {
  Close();
  fs::remove_all(data_dir() / "index" / "2");
  fs::copy(data_dir() / "index" / "1", data_dir() / "index" / "2");
  EXPECT_THAT(Problems(), Contains(HasSubstr("index/2: MANIFEST")));
}

TEST_F(DataCheckTest, DamagedSnapshotsAreNamed) {
  Close();
  const fs::path manifest = data_dir() / "snapshots" / "kept" / "MANIFEST";
  Flip(FilesIn(data_dir() / "snapshots" / "kept" / "db", ".sst").front(), 0.5);
  EXPECT_THAT(Problems(), Contains(HasSubstr("snapshots/kept: db/")));
  Flip(manifest, 0.9);
  EXPECT_THAT(Problems(),
              Contains(HasSubstr("snapshots/kept: snapshot \"kept\": snapshot manifest: its checksum")));
}

TEST_F(DataCheckTest, AMissingDatabaseFileIsAProblemNotACrash) {
  Close();
  fs::remove(data_dir() / "db" / "CURRENT");
  EXPECT_THAT(Problems(), Contains(HasSubstr("CURRENT")));
}

}  // namespace
}  // namespace voisin::service
