// Checkpoints and what is restored of them.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "storage/document_store.h"
#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreSnapshotTest : public testing::Test {
 protected:
  StoreSnapshotTest() {
    for (int i = 0; i < 50; ++i) Put("id" + std::to_string(i), i, i % 7 == 0 ? 5'000'000'000 : 0);
    for (int i = 0; i < 50; i += 3) Put("id" + std::to_string(i), 100 + i);
    EXPECT_TRUE(fixture_.Delete({{"id4", {}}, {"id8", {}}}).ok());
  }

  void Put(const std::string& id, double version, int64_t expire_us = 0) {
    ASSERT_TRUE(
        fixture_
            .Upsert({MakeDocument(id, version, expire_us)}, "request-" + id + (version < 100 ? "" : "-again"))
            .ok());
  }
  fs::path Place(const std::string& name) const { return scratch_.path() / name; }

  std::unique_ptr<CollectionImage> TakeImage(const std::string& name = "checkpoint") {
    EXPECT_TRUE(fixture_.store().Checkpoint(Place(name)).ok());
    auto image = CollectionImage::OpenDatabase(Place(name), fixture_.collection());
    EXPECT_TRUE(image.ok()) << image.status();
    return image.ok() ? *std::move(image) : nullptr;
  }
  absl::StatusOr<CollectionRecord> Restore(const CollectionImage& image, const std::string& id = "second") {
    return fixture_.store().RestoreCollection(id, image, [](CollectionNumber) { return absl::OkStatus(); });
  }
  // Documents, state and log of `number` are those of the first collection as it was.
  void ExpectEqual(const std::map<std::string, StoredDocument>& expected, CollectionNumber number) {
    const auto contents = fixture_.Contents(number);
    ASSERT_EQ(contents.size(), expected.size());
    for (const auto& [id, stored] : expected) {
      EXPECT_EQ(contents.at(id).document, stored.document);
      EXPECT_EQ(contents.at(id).point, stored.point);
    }
    EXPECT_EQ(fixture_.store().Count(number).value(), expected.size());
  }

  test::ScratchDir scratch_;
  StoreFixture fixture_;
};

TEST_F(StoreSnapshotTest, ARestoredCollectionIsTheCheckpointsNotTodays) {
  const auto expected = fixture_.Contents();
  const Lsn lsn = fixture_.store().LastLsn(fixture_.collection()).value();
  const auto image = TakeImage();
  EXPECT_EQ(image->record().id, "first");
  EXPECT_EQ(image->record().definition, "d");
  EXPECT_EQ(image->state().last_lsn, lsn);
  Put("later", 1);
  const auto restored = Restore(*image);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->id, "second");
  EXPECT_NE(restored->number, fixture_.collection());
  ExpectEqual(expected, restored->number);
  EXPECT_EQ(fixture_.store().LastLsn(restored->number).value(), lsn);
  EXPECT_EQ(fixture_.store().FindExpired(6'000'000'000, 100)->size(), 10u);  // five of each
  EXPECT_TRUE(fixture_.store().FindRequest(restored->number, "request-id1").value().has_value());
}

TEST_F(StoreSnapshotTest, ARestoredCollectionLivesOn) {
  const auto image = TakeImage();
  const auto restored = Restore(*image);
  ASSERT_TRUE(restored.ok()) << restored.status();
  auto expected = fixture_.Contents();
  fixture_.Reopen();
  ExpectEqual(expected, restored->number);
  const auto written = fixture_.Append({.collection = restored->number,
                                        .request_id = "",
                                        .upserts = {MakeDocument("id1", 7)},
                                        .deletions = {{"id2", {}}}});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(fixture_.Contents(restored->number).size(), expected.size() - 1);
  ExpectEqual(expected, fixture_.collection());
  ASSERT_TRUE(fixture_.store().DeleteCollection(fixture_.collection()).ok());
  fixture_.Reopen();
  EXPECT_EQ(fixture_.Contents(restored->number).size(), expected.size() - 1);
}

TEST_F(StoreSnapshotTest, TablesCarryACollectionWithoutItsNeighbours) {
  const auto other =
      fixture_.store().CreateCollection({.number = 0, .id = "other", .definition = "", .create_time_us = 1});
  ASSERT_TRUE(fixture_
                  .Append({.collection = other->number,
                           .request_id = "",
                           .upserts = {MakeDocument("o")},
                           .deletions = {}})
                  .ok());
  const auto expected = fixture_.Contents();
  const auto image = TakeImage();
  const auto names = image->WriteTables(Place("tables"), 9);
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, testing::Contains("vectors-000001.sst"));
  CollectionRecord record = image->record();
  record.number = 9;
  const auto tables = CollectionImage::OpenTables(Place("tables"), record, image->state());
  const auto restored = Restore(*tables);
  ASSERT_TRUE(restored.ok()) << restored.status();
  ExpectEqual(expected, restored->number);
}

TEST_F(StoreSnapshotTest, TablesOfAnotherCollectionAreRefused) {
  const auto image = TakeImage();
  ASSERT_TRUE(image->WriteTables(Place("tables"), 9).ok());
  const auto tables = CollectionImage::OpenTables(Place("tables"), image->record(), image->state());
  const absl::Status status = Restore(*tables).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST_F(StoreSnapshotTest, AMissingTableFileIsNoticed) {
  const auto image = TakeImage();
  ASSERT_TRUE(image->WriteTables(Place("tables"), 1).ok());
  fs::remove(Place("tables") / "keys-000001.sst");
  const absl::Status status =
      Restore(*CollectionImage::OpenTables(Place("tables"), image->record(), image->state())).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("live documents, got 0"));
}

TEST_F(StoreSnapshotTest, AnEmptyCollectionIsRestored) {
  const auto empty =
      fixture_.store().CreateCollection({.number = 0, .id = "empty", .definition = "e", .create_time_us = 1});
  ASSERT_TRUE(fixture_.store().Checkpoint(Place("checkpoint")).ok());
  const auto image = CollectionImage::OpenDatabase(Place("checkpoint"), empty->number);
  ASSERT_TRUE(image.ok()) << image.status();
  const auto restored = Restore(**image);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_THAT(fixture_.Contents(restored->number), IsEmpty());
}

TEST_F(StoreSnapshotTest, ATakenNameAndAnUnknownNumberAreRefused) {
  const auto image = TakeImage();
  EXPECT_TRUE(absl::IsAlreadyExists(Restore(*image, "first").status()));
  EXPECT_TRUE(absl::IsNotFound(CollectionImage::OpenDatabase(Place("checkpoint"), 77).status()));
}

TEST_F(StoreSnapshotTest, ARefusedRestoreLeavesNothing) {
  const auto image = TakeImage();
  CollectionNumber refused = 0;
  const auto restored = fixture_.store().RestoreCollection("second", *image, [&](CollectionNumber number) {
    refused = number;
    return absl::ResourceExhaustedError("no room");
  });
  EXPECT_TRUE(absl::IsResourceExhausted(restored.status()));
  EXPECT_EQ(fixture_.store().ListCollections()->size(), 1u);
  const auto again = Restore(*image);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->number, refused) << "numbers are never used twice";
}

TEST_F(StoreSnapshotTest, CheckpointsMayBeTakenWhileWritesGoOn) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      ASSERT_TRUE(fixture_.Upsert({MakeDocument("a", i), MakeDocument("b", i)}).ok());
    }
  });
  for (int i = 0; i < 5; ++i) {
    const auto image = TakeImage("checkpoint" + std::to_string(i));
    const auto restored = Restore(*image, "restored" + std::to_string(i));
    ASSERT_TRUE(restored.ok()) << restored.status();
    const auto contents = fixture_.Contents(restored->number);
    EXPECT_EQ(contents.count("a"), contents.count("b"));
    if (contents.contains("a")) {
      EXPECT_EQ(contents.at("a").document.vector[1], contents.at("b").document.vector[1]);
      EXPECT_EQ(contents.at("b").point, image->state().last_lsn);
    }
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace voisin::storage
