// CheckStore: rows that contradict each other, written past the store.
#include "storage/store_check.h"

#include <gmock/gmock.h>

#include "rocksdb/write_batch.h"
#include "storage/posting_record.h"
#include "storage/rocks_database.h"
#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreCheckTest : public testing::Test {
 protected:
  StoreCheckTest() {
    EXPECT_TRUE(fixture_.Upsert({MakeDocument("a", 1), MakeDocument("b", 1, 9'000'000'000)}, "r").ok());
    EXPECT_TRUE(fixture_.Upsert({MakeDocument("a", 2), MakeDocument("c", 1)}).ok());
    EXPECT_TRUE(fixture_.Delete({{"c", {}}}).ok());
    fixture_.Close();
  }

  std::vector<std::string> Problems() {
    const auto store = CheckStore(
        fixture_.directory(), [this](const CollectionRecord&) -> absl::StatusOr<RowShape> { return shape_; });
    EXPECT_TRUE(store.ok()) << store.status();
    std::vector<std::string> all;
    for (const CheckedPart& part : store->parts) {
      for (const std::string& problem : part.problems) all.push_back(part.name + ": " + problem);
    }
    return all;
  }

  // Past all that keeps the tables in step.
  void Put(Table table, const std::string& key, const std::string& value) {
    Edit([&](Database& database, rocksdb::WriteBatch& batch) {
      batch.Put(database.table(table), key, value);
    });
  }
  void Erase(Table table, const std::string& key) {
    Edit([&](Database& database, rocksdb::WriteBatch& batch) { batch.Delete(database.table(table), key); });
  }
  void Edit(const std::function<void(Database&, rocksdb::WriteBatch&)>& edit) {
    const auto database = Database::Open(fixture_.OptionsHere());
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    edit(**database, batch);
    MutexLock lock((*database)->writing());
    ASSERT_TRUE((*database)->WriteSynced(batch).ok());
  }

  StoreFixture fixture_;
  RowShape shape_{.dimensions = 3, .terms = true};
};

TEST_F(StoreCheckTest, AWholeStoreHasNoProblem) { EXPECT_THAT(Problems(), IsEmpty()); }

TEST_F(StoreCheckTest, RecordsThatDoNotDecode) {
  Put(Table::documents, PointKey(1, 2), "nonsense");
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("documents: collection 1, point 2: ")));
}

TEST_F(StoreCheckTest, VectorsOfAnotherDimension) {
  Put(Table::vectors, PointKey(1, 2), EncodeVector(std::vector<float>{1, 2}));
  EXPECT_THAT(Problems(), ElementsAre("vectors: collection 1, point 2: expected 3 dimensions, got 2"));
}

TEST_F(StoreCheckTest, TermsThatAreDamagedOrMissing) {
  Put(Table::terms, PointKey(1, 2), EncodeTerms(std::vector<TermCount>{{2, 1}, {1, 1}}));
  EXPECT_THAT(Problems(),
              ElementsAre(HasSubstr("terms: collection 1, point 2: damaged record: expected terms")));
  Erase(Table::terms, PointKey(1, 2));
  EXPECT_THAT(Problems(), ElementsAre("terms: collection 1: expected a count of 2, got 1"));
  shape_.terms = false;
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(StoreCheckTest, KeysThatLeadNowhere) {
  Put(Table::keys, NameKey(1, "ghost"), EncodeKey({.point = 1, .expire_time_us = 0}));
  const auto problems = Problems();
  EXPECT_THAT(problems, Contains("keys: collection 1: expected a count of 2, got 3"));
  for (const char* table : {"documents", "metadata", "vectors", "terms"}) {
    EXPECT_THAT(problems, Contains(std::string(table) + ": collection 1: expected a count of 3, got 2"));
  }
  EXPECT_THAT(problems, Contains(HasSubstr("it removed point 1, which lives")));
}

TEST_F(StoreCheckTest, PointsThatNoKeyLeadsTo) {
  Put(Table::vectors, PointKey(1, 1), EncodeVector(std::vector<float>{1, 2, 3}));
  EXPECT_THAT(Problems(), Contains("vectors: collection 1, point 1: no id leads to it"));
}

TEST_F(StoreCheckTest, IdsThatContradictTheirKey) {
  Put(Table::metadata, PointKey(1, 2), EncodeMetadata(MakeDocument("other", 1, 9'000'000'000)));
  EXPECT_THAT(Problems(),
              ElementsAre("metadata: collection 1, point 2: it says id \"other\", but another id leads to it",
                          "postings: collection 1, point 2: it is not filed as its metadata say"));
}

TEST_F(StoreCheckTest, TwoIdsOfOnePoint) {
  Put(Table::keys, NameKey(1, "twin"), EncodeKey({.point = 2, .expire_time_us = 0}));
  EXPECT_THAT(Problems(), Contains(HasSubstr("point 2 lives under two ids")));
}

TEST_F(StoreCheckTest, ExpiryThatDiffersOrIsMissing) {
  Erase(Table::expiry, ExpiryKey(1, 9'000'000'000, 2));
  EXPECT_THAT(Problems(), ElementsAre("expiry: collection 1: expected a count of 1, got 0"));
  Put(Table::expiry, ExpiryKey(1, 8'000'000'000, 2), EncodeExpiry("b"));
  EXPECT_THAT(Problems(), ElementsAre("expiry: collection 1, point 2: it does not expire at this time"));
}

TEST_F(StoreCheckTest, AHoleInTheLog) {
  Erase(Table::changes, PointKey(1, 4));
  EXPECT_THAT(Problems(), ElementsAre("changes: collection 1, point 5: expected change 3, got 5"));
}

TEST_F(StoreCheckTest, ALogThatEndsTooEarly) {
  Erase(Table::changes, PointKey(1, 5));
  EXPECT_THAT(Problems(), ElementsAre("changes: collection 1: expected changes up to 5, got 4"));
}

TEST_F(StoreCheckTest, RequestsOfTheFuture) {
  RequestRecord record;
  record.lsn = 99;
  Put(Table::requests, NameKey(1, "r2"), EncodeRequest(record));
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("expected an lsn up to 5, got 99")));
}

TEST_F(StoreCheckTest, RowsOfNoCollection) {
  Put(Table::documents, PointKey(9, 1), EncodeDocument(MakeDocument("x")));
  EXPECT_THAT(Problems(), ElementsAre("documents: collection 9: a row of no collection"));
}

TEST_F(StoreCheckTest, AMissingStateRecord) {
  Erase(Table::meta, StateKey(1));
  EXPECT_THAT(Problems(), Contains(HasSubstr("collections: collection 1: ")));
}

TEST_F(StoreCheckTest, AnOpenStoreIsNamed) {
  fixture_.Reopen();
  const auto store = CheckStore(
      fixture_.directory(), [this](const CollectionRecord&) -> absl::StatusOr<RowShape> { return shape_; });
  EXPECT_TRUE(absl::IsFailedPrecondition(store.status())) << store.status();
}

TEST_F(StoreCheckTest, PostingsThatAreMissing) {
  const Object only_id = {{"id", Value{"b"}}};
  Erase(Table::postings, PostingKey(CollectionPrefix(1) + TermsOf(only_id).back(), 0));
  EXPECT_THAT(Problems(),
              ElementsAre("postings: collection 1, point 2: it is not filed as its metadata say",
                          "postings: collection 1, point 3: it is not filed as its metadata say"));
}

TEST_F(StoreCheckTest, PostingsOfOtherMetadataOrOfNoDocument) {
  Put(Table::postings, PostingKey(CollectionPrefix(1) + "\1odd", 0),
      EncodePosting({.added = {2, 77}, .removed = {}}));
  EXPECT_THAT(Problems(),
              ElementsAre("postings: collection 1: a posting names point 77, which does not live",
                          "postings: collection 1, point 2: it is not filed as its metadata say"));
}

TEST_F(StoreCheckTest, PostingsThatDoNotDecode) {
  Put(Table::postings, PostingKey(CollectionPrefix(1) + "\1odd", 0), "nonsense");
  Put(Table::postings, CollectionPrefix(1) + "short", "");
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("postings: collection 1: damaged record"),
                                      "postings: collection 1: a key is too short"));
}

}  // namespace
}  // namespace voisin::storage
