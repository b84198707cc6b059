// Files that released versions wrote are opened by this one: tests/fixtures/README.md.
#include "base/files.h"
#include "service/data_check.h"
#include "tests/service/engine_fixture.h"
#include "tests/support/source_dir.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class ReleasedFormatsTest : public EngineFixture, public testing::WithParamInterface<std::string> {
 protected:
  static fs::path Fixture(const std::string& name) { return test::SourceDir() / "tests" / "fixtures" / name; }

  void ExpectWhole() {
    const auto parts = CheckDataDirectory(data_dir());
    ASSERT_TRUE(parts.ok()) << parts.status();
    for (const storage::CheckedPart& part : *parts) {
      EXPECT_EQ(part.problem_count, 0u) << part.name << ": " << part.problems[0];
    }
  }

  void ExpectNotes(const std::string& collection) {
    const auto got = engine().Get({collection, {"a", "b", "c", "d"}, {.vector = true}});
    ASSERT_TRUE(got.ok()) << got.status();
    ASSERT_EQ(got->size(), 4u);
    EXPECT_EQ(got->at(0)->text, "first");
    EXPECT_EQ(got->at(1)->text, "second, again");
    EXPECT_EQ(got->at(1)->vector, (std::vector<float>{0, 1, 0.5f}));
    EXPECT_FALSE(got->at(2).has_value());
    EXPECT_GT(got->at(3)->expire_time_us, 0);
    EXPECT_EQ(engine().Count(collection, "tags:\"x\" AND n = 1").value(), 1u);
    EXPECT_THAT(FindIds(VectorQuery(collection, {0.1f, 1, 0.4f})), ElementsAre("b", "d", "a"));
    SearchRequest words;
    words.collection = collection;
    words.text = "second";
    EXPECT_THAT(FindIds(words), ElementsAre("b"));
  }
};

TEST_P(ReleasedFormatsTest, ADataDirectoryOpensAndIsWhole) {
  fs::copy(Fixture("data-" + GetParam()), data_dir(), fs::copy_options::recursive);
  ExpectWhole();
  Open();
  ExpectNotes("notes");
  ASSERT_TRUE(Put("notes", {VectorDocument("e", {1, 1, 1})}).ok());
  Restart();
  EXPECT_EQ(engine().Count("notes").value(), 4u);
  Close();
  ExpectWhole();
}

TEST_P(ReleasedFormatsTest, ASnapshotIsImportedAndRestored) {
  const auto archive = ReadFile(Fixture("snapshot-" + GetParam() + ".voisin"));
  ASSERT_TRUE(archive.ok()) << archive.status();
  Open();
  const auto imported = engine().ImportSnapshot(*archive, "old");
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->document_count, 3u);
  ASSERT_TRUE(engine().RestoreSnapshot("old", "restored").ok());
  ExpectNotes("restored");
}

constexpr char kToday[] = "2";

class FixtureWriter : public EngineFixture {
 protected:
  static storage::Document Note(std::string id, std::string text, std::vector<float> vector, double n) {
    storage::Document document = VectorDocument(std::move(id), std::move(vector), {{"n", {n}}});
    document.text = std::move(text);
    return document;
  }
  void WriteNotes() {
    MakeVectors("notes", 3);
    const storage::List tags = {storage::Value{std::string("x")}, storage::Value{std::string("y")}};
    storage::Document first = Note("a", "first", {1, 0, 0}, 1);
    first.metadata["tags"] = {tags};
    first.metadata["deep"] = {storage::Object{{"k", {}}}};
    storage::Document last = Note("d", "fourth", {1, 1, 0}, 4);
    last.expire_time_us = 4'000'000'000'000'000;
    ASSERT_TRUE(
        Put("notes", {first, Note("b", "second", {0, 1, 0}, 2), Note("c", "third", {0, 0, 1}, 3), last}, "r")
            .ok());
    ASSERT_TRUE(Put("notes", {Note("b", "second, again", {0, 1, 0.5f}, 22)}).ok());
    ASSERT_TRUE(engine().Delete({"notes", {"c"}, "", ""}).ok());
  }
};

// Only by hand, before a format is released.
TEST_F(FixtureWriter, WritesTheFixtures) {
  if (std::getenv("VOISIN_WRITE_FIXTURES") == nullptr) GTEST_SKIP() << "only with VOISIN_WRITE_FIXTURES";
  const fs::path fixtures = test::SourceDir() / "tests" / "fixtures",
                 data = fixtures / ("data-" + std::string(kToday));
  ASSERT_FALSE(fs::exists(data));
  Open();
  WriteNotes();
  ASSERT_TRUE(engine().CreateSnapshot("notes", "s").ok());
  const std::string archive = engine().ExportSnapshot("s").value();
  ASSERT_TRUE(WriteFileAtomically(fixtures / ("snapshot-" + std::string(kToday) + ".voisin"), archive).ok());
  Close();
  fs::remove_all(data_dir() / "snapshots");
  fs::copy(data_dir(), data, fs::copy_options::recursive);
  for (const auto& entry : fs::directory_iterator(data / "db")) {
    const std::string name = entry.path().filename();
    if (name.starts_with("LO") || name.starts_with("OPTIONS-")) fs::remove(entry.path());
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, ReleasedFormatsTest, testing::Values("1", kToday));

}  // namespace
}  // namespace voisin::service
