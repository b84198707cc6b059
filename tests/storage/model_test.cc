// Random operations, with reopens in between, against a map.
#include <gtest/gtest.h>

#include <random>

#include "tests/storage/seed.h"
#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

class ModelTest : public testing::Test {
 protected:
  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  std::string RandomId() { return "id" + std::to_string(Below(60)); }

  Document RandomDocument(std::string id) {
    Document document = MakeDocument(std::move(id), static_cast<double>(Below(5)));
    document.text.append(Below(300), 'x');
    if (Below(3) == 0) document.expire_time_us = static_cast<int64_t>(1 + Below(1'000));
    if (Below(4) == 0) document.metadata.erase("version");
    return document;
  }

  Entry RandomEntry() {
    Entry entry;
    entry.collection = fixture_.collection();
    std::set<std::string> ids;
    while (Below(3) != 0) ids.insert(RandomId());
    for (const std::string& id : ids) entry.upserts.push_back(RandomDocument(id));
    while (Below(2) != 0) {
      Deletion deletion{.id = RandomId(), .only_version = {}};
      const auto lives = model_.find(deletion.id);
      if (lives != model_.end() && Below(3) == 0) deletion.only_version = lives->second.point - Below(2);
      entry.deletions.push_back(std::move(deletion));
    }
    if (Below(4) == 0) entry.request_id = "r" + std::to_string(Below(10));
    return entry;
  }

  void ApplyToModel(const Entry& entry, const Applied& applied) {
    std::vector<PointId> removed;
    for (const Deletion& deletion : entry.deletions) {
      const auto found = model_.find(deletion.id);
      if (found == model_.end() || (deletion.only_version && *deletion.only_version != found->second.point))
        continue;
      removed.push_back(found->second.point);
      model_.erase(found);
    }
    EXPECT_EQ(applied.deleted, removed.size());
    EXPECT_EQ(applied.first_point, last_lsn_ + 1);
    PointId point = applied.first_point;
    for (const Document& document : entry.upserts) {
      const auto found = model_.find(document.id);
      if (found != model_.end()) removed.push_back(found->second.point);
      model_[document.id] = {point++, document};
    }
    last_lsn_ += std::max<size_t>(entry.upserts.size(), 1);
    EXPECT_EQ(applied.lsn, last_lsn_);
    EXPECT_EQ(applied.upserted, entry.upserts.size());
    EXPECT_EQ(applied.removed, removed);
  }

  void Write() {
    const Entry entry = RandomEntry();
    const auto applied = fixture_.Append(entry);
    ASSERT_TRUE(applied.ok()) << applied.status();
    const auto known = answers_.find(entry.request_id);
    ASSERT_EQ(applied->replayed, known != answers_.end());
    if (applied->replayed) {
      EXPECT_EQ(applied->lsn, known->second);
      return;
    }
    ApplyToModel(entry, *applied);
    if (!entry.request_id.empty()) answers_[entry.request_id] = applied->lsn;
  }

  void CheckAll() {
    const auto contents = fixture_.Contents();
    ASSERT_EQ(contents.size(), model_.size());
    for (const auto& [id, expected] : model_) {
      ASSERT_TRUE(contents.contains(id)) << id;
      EXPECT_EQ(contents.at(id).point, expected.point) << id;
      EXPECT_EQ(contents.at(id).document, expected.document) << id;
    }
    EXPECT_EQ(*fixture_.store().Count(fixture_.collection()), model_.size());
    EXPECT_EQ(*fixture_.store().LastLsn(fixture_.collection()), last_lsn_);
    CheckVectors();
    CheckExpiry();
    CheckFilter();
    CheckChanges();
  }

  void CheckVectors() {
    std::map<PointId, std::vector<float>> expected, read;
    for (const auto& [id, stored] : model_) expected[stored.point] = stored.document.vector;
    const absl::Status status = fixture_.store().ReadVectors(
        fixture_.collection(), 0, [&](PointId point, std::span<const float> vector) {
          read[point].assign(vector.begin(), vector.end());
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(read, expected);
  }

  void CheckExpiry() {
    std::set<PointId> expected, found;
    const int64_t now_us = static_cast<int64_t>(Below(1'000));
    for (const auto& [id, stored] : model_) {
      const int64_t time_us = stored.document.expire_time_us;
      if (time_us != 0 && time_us <= now_us) expected.insert(stored.point);
    }
    const auto expired = fixture_.store().FindExpired(now_us, 1'000);
    ASSERT_TRUE(expired.ok()) << expired.status();
    for (const Expired& one : *expired) found.insert(one.point);
    EXPECT_EQ(found, expected);
  }

  void CheckFilter() {
    std::vector<PointId> expected;
    for (const auto& [id, stored] : model_) {
      const auto version = stored.document.metadata.find("version");
      if (version != stored.document.metadata.end() && version->second == Value{3.0})
        expected.push_back(stored.point);
    }
    std::ranges::sort(expected);
    EXPECT_EQ(fixture_.Matching("version = 3"), expected);
  }

  // The changes alone tell which points live.
  void CheckChanges() {
    std::set<PointId> living, expected;
    for (const Change& change : fixture_.Changes()) {
      for (uint32_t i = 0; i < change.upserted; ++i) living.insert(change.first_point + i);
      for (PointId point : change.removed) EXPECT_EQ(living.erase(point), 1u);
    }
    for (const auto& [id, stored] : model_) expected.insert(stored.point);
    EXPECT_EQ(living, expected);
  }

  StoreFixture fixture_;
  std::mt19937_64 random_{TestSeed()};
  std::map<std::string, StoredDocument> model_;
  std::map<std::string, Lsn> answers_;
  Lsn last_lsn_ = 0;
};

TEST_F(ModelTest, RandomOperationsAgreeWithAMap) {
  for (int step = 0; step < 400 && !HasFailure(); ++step) {
    Write();
    if (Below(40) == 0) fixture_.Reopen();
    if (Below(20) == 0) CheckAll();
  }
  fixture_.Reopen();
  CheckAll();
}

}  // namespace
}  // namespace voisin::storage
