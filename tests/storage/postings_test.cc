// Postings in a store: what is written for old data, what vanishes, which filters are refused.
#include <gmock/gmock.h>

#include "rocksdb/write_batch.h"
#include "storage/posting_record.h"
#include "storage/rocks_upgrade.h"
#include "storage/rocks_view.h"
#include "storage/store_check.h"
#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Document WithFields(std::string id, Object metadata) {
  Document document = MakeDocument(std::move(id));
  document.metadata = std::move(metadata);
  return document;
}

class PostingsTest : public testing::Test {
 protected:
  std::unique_ptr<Database> OpenRaw() {
    fixture_.Close();
    auto database = Database::Open(fixture_.OptionsHere());
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }

  // As a program of format 1 left it; `progress` of an upgrade that was cut off, if not 0.
  void MakeOld(PointId progress = 0) {
    const auto database = OpenRaw();
    MutexLock lock(database->writing());
    rocksdb::WriteBatch batch;
    const auto meta = database->table(Table::meta);
    batch.Put(meta, std::string(kFormatKey), "1");
    batch.Delete(meta, std::string(kPostingsKey));
    batch.DeleteRange(database->table(Table::postings), "", "\xff");
    if (progress != 0) {
      batch.Put(meta, PostingProgressKey(1), PointKey(1, progress).substr(sizeof(CollectionNumber)));
    }
    ASSERT_TRUE(database->WriteSynced(batch).ok());
  }

  size_t Rows() {
    const auto database = OpenRaw();
    const View view(*database);
    size_t rows = 0;
    for (RangeScan row(view, Table::postings, "", "\xff"); row.Valid(); row.Next()) ++rows;
    return rows;
  }

  // Twice: rows that became empty are dropped when they are seen again.
  void Compact() {
    const auto database = OpenRaw();
    for (int round = 0; round < 2; ++round) {
      rocksdb::CompactRangeOptions options;
      options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
      ASSERT_TRUE(
          database->db().CompactRange(options, database->table(Table::postings), nullptr, nullptr).ok());
    }
  }

  std::string Refusal(const std::string& filter) {
    const auto match = fixture_.store().Match(fixture_.collection(), *Filter::Parse(filter), 0);
    EXPECT_TRUE(match.ok() || absl::IsInvalidArgument(match.status())) << match.status();
    return std::string(match.status().message());
  }

  StoreFixture fixture_;
};

TEST_F(PostingsTest, OldDirectoriesGetThemAtTheNextStart) {
  for (int i = 1; i <= 2'500; ++i)
    ASSERT_TRUE(fixture_.Upsert({MakeDocument("d" + std::to_string(i), i)}).ok());
  MakeOld();
  fixture_.Reopen();
  EXPECT_THAT(fixture_.Matching("version > 1 AND version < 4"), ElementsAre(2u, 3u));
  EXPECT_EQ(fixture_.Matching("version:*").size(), 2'500u);
  EXPECT_EQ(fixture_.Matching("").size(), 2'500u);
}

TEST_F(PostingsTest, AnUpgradeGoesOnWhereItWasCutOff) {
  for (int i = 1; i <= 6; ++i) ASSERT_TRUE(fixture_.Upsert({MakeDocument("d" + std::to_string(i), i)}).ok());
  MakeOld(4);
  fixture_.Reopen();
  EXPECT_THAT(fixture_.Matching("version:*"), ElementsAre(5u, 6u));  // the others were said to be done
  MakeOld();
  fixture_.Reopen();
  EXPECT_EQ(fixture_.Matching("version:*").size(), 6u);
  const auto database = OpenRaw();
  EXPECT_TRUE(HasPostings(*database));
  std::string left;
  EXPECT_TRUE(
      database->db().Get({}, database->table(Table::meta), PostingProgressKey(1), &left).IsNotFound());
}

TEST_F(PostingsTest, WhatIsErasedLeavesNoRow) {
  ASSERT_TRUE(fixture_.Upsert({WithFields("a", {{"secret", Value{"classified"}}})}).ok());
  ASSERT_TRUE(fixture_.Upsert({WithFields("b", {{"other", Value{1.0}}})}).ok());
  const size_t before = Rows();
  fixture_.Reopen();
  ASSERT_TRUE(fixture_.Delete({{"a", {}}}).ok());
  Compact();
  EXPECT_EQ(Rows(), before - 2);  // live, any and value of `other` stay
  fixture_.Reopen();
  ASSERT_TRUE(fixture_.Delete({{"b", {}}}).ok());
  Compact();
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(PostingsTest, ReplacingForEverDoesNotGrowThem) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(fixture_.Upsert({MakeDocument("same", i)}).ok());
  Compact();
  EXPECT_EQ(Rows(), 5u);  // live, any and value of two fields
}

TEST_F(PostingsTest, AFilterOverAFieldOfAnotherTypeIsRefused) {
  const Value list{List{Value{"x"}}};
  ASSERT_TRUE(fixture_
                  .Upsert({WithFields("a", {{"year", Value{2020.0}},
                                            {"name", Value{"new"}},
                                            {"when", Value{"2020-01-01T00:00:00Z"}},
                                            {"tags", list},
                                            {"nothing", Value{}},
                                            {"inner", Value{Object{{"year", Value{2020.0}}}}}})})
                  .ok());
  EXPECT_EQ(Refusal("year = \"2020\""),
            R"(filter: expected a number for field "year", got the string "2020")");
  EXPECT_EQ(Refusal("NOT inner.year < abc"),
            R"(filter: expected a number for field "inner.year", got the string "abc")");
  EXPECT_EQ(Refusal("name >= 1"), R"(filter: expected a string for field "name", got the number "1")");
  EXPECT_EQ(Refusal("name = 2020-01-01T00:00:00Z"),
            R"(filter: expected a string for field "name", got the timestamp "2020-01-01T00:00:00Z")");
  EXPECT_EQ(Refusal("tags = x"),
            R"(filter: expected an element after : for field "tags", got the string "x")");
  EXPECT_EQ(Refusal("year:x"), R"(filter: expected a number for field "year", got the string "x")");
  for (const char* fine :
       {"year = 1", "year != null", "year = null", "absent = 1", "nothing = 1", "when = abc",
        "when > 2021-01-01T00:00:00Z", "tags:y", "tags:1", "name:2020", "inner:x", "year:*"}) {
    EXPECT_EQ(Refusal(fine), "") << fine;
  }
  ASSERT_TRUE(fixture_.Upsert({WithFields("b", {{"year", Value{"old"}}})}).ok());
  EXPECT_EQ(Refusal("year = \"2020\""), "");
  ASSERT_TRUE(fixture_.Delete({{"b", {}}}).ok());
  EXPECT_THAT(Refusal("year = \"2020\""), HasSubstr("expected a number"));
}

}  // namespace
}  // namespace voisin::storage
