#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

CollectionRecord Named(std::string id) {
  return {.number = 0, .id = std::move(id), .definition = "definition", .create_time_us = 12};
}

TEST(Collections, AreKeptOverAReopen) {
  StoreFixture fixture;
  auto second = fixture.store().CreateCollection(Named("second"));
  ASSERT_TRUE(second.ok());
  EXPECT_NE(second->number, fixture.collection());
  second->definition = "changed";
  ASSERT_TRUE(fixture.store().UpdateCollection(*second).ok());
  fixture.Reopen();
  const auto records = fixture.store().ListCollections();
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ((*records)[1], *second);
}

TEST(Collections, IdIsTakenOnce) {
  StoreFixture fixture;
  EXPECT_EQ(fixture.store().CreateCollection(Named("first")).status().code(),
            absl::StatusCode::kAlreadyExists);
  CollectionRecord unknown = Named("unknown");
  unknown.number = 99;
  EXPECT_EQ(fixture.store().UpdateCollection(unknown).code(), absl::StatusCode::kNotFound);
}

TEST(Collections, NumberIsNotUsedAgainEvenAfterAReopen) {
  StoreFixture fixture;
  const CollectionNumber second = fixture.store().CreateCollection(Named("second"))->number;
  ASSERT_TRUE(fixture.store().DeleteCollection(second).ok());
  fixture.Reopen();
  EXPECT_GT(fixture.store().CreateCollection(Named("second"))->number, second);
}

TEST(Collections, DeletionRemovesAllAndOnlyThatCollection) {
  StoreFixture fixture;
  const CollectionNumber second = fixture.store().CreateCollection(Named("second"))->number;
  const CollectionNumber third = fixture.store().CreateCollection(Named("third"))->number;
  for (CollectionNumber number : {fixture.collection(), second, third}) {
    Entry entry{
        .collection = number, .request_id = "r", .upserts = {MakeDocument("a", 1, 50)}, .deletions = {}};
    ASSERT_TRUE(fixture.Append(std::move(entry)).ok());
  }
  ASSERT_TRUE(fixture.store().DeleteCollection(second).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(fixture.store().Get(second, "a", {}).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(fixture.Contents(fixture.collection()).size(), 1u);
    EXPECT_EQ(fixture.Contents(third).size(), 1u);
    EXPECT_EQ(fixture.store().FindExpired(50, 10)->size(), 2u);
    fixture.Reopen();
  }
}

TEST(Collections, EachHasItsOwnNumbersAndRequestIds) {
  StoreFixture fixture;
  const CollectionNumber second = fixture.store().CreateCollection(Named("second"))->number;
  ASSERT_TRUE(fixture.Upsert({MakeDocument("a"), MakeDocument("b")}, "r").ok());
  const auto applied = fixture.Append(
      {.collection = second, .request_id = "r", .upserts = {MakeDocument("a")}, .deletions = {}});
  ASSERT_TRUE(applied.ok());
  EXPECT_FALSE(applied->replayed);
  EXPECT_EQ(applied->lsn, 1u);
  EXPECT_EQ(*fixture.store().Count(second), 1u);
}

}  // namespace
}  // namespace voisin::storage
