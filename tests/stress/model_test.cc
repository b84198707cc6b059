// Random operations on an engine beside a plain map: whatever happens, both hold the same documents, exact search
// answers what a scan of the map answers, and a snapshot holds what the map held then; a full disk refuses what is written and
// nothing else. The seed is printed; VOISIN_SEED=n runs it again.

#include <algorithm>
#include <cerrno>

#include "tests/stress/open_engine.h"
#include "tests/stress/plain_model.h"
#include "tests/stress/seed.h"
#include "tests/support/disk/disk_recorder.h"
#include "tests/support/live_copy.h"
#include "tests/support/scratch_dir.h"

namespace voisin {
namespace {

namespace fs = std::filesystem;
using storage::Document;
using Call = test::DiskFault::Call;

constexpr int kSteps = 600;
constexpr char kCollection[] = "model";

class ModelTest : public testing::Test {
 protected:
  ModelTest() {
    Open(scratch_.path() / "data0");
    service::CollectionSpec spec;
    spec.id = kCollection;
    spec.dimensions = test::kModelDimensions;
    EXPECT_TRUE(engine().CreateCollection(spec).ok());
  }

  void Step() {
    const uint32_t choice = Below(100);
    if (choice < 40) return Upsert();
    if (choice < 52) return DeleteIds();
    if (choice < 55) return DeleteByFilter();
    if (choice < 80) return CheckSearch();
    if (choice < 90) return CheckGet();
    if (choice < 96) return CheckCount();
    if (choice < 97) return CheckList();
    if (choice < 98) return ChangeSnapshots();
    if (choice < 99) return RestartCleanly();
    RestartAsAfterAKill();
  }

  // Writes begin to be refused at some call, and work again when there is room.
  void FillDisk() {
    disk_.Fail({.calls = {Call::write}, .path_part = "", .error = ENOSPC, .skip = int(Below(6))});
    absl::Status status;
    while (status.ok()) status = TryUpsert();
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
      CheckSearch();
      CheckGet();
      CheckCount();
      status = i % 2 == 0 ? TryUpsert() : engine().CreateSnapshot(kCollection).status();
    }
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    disk_.Heal();
    status = test::UntilItWorks([&] { return TryUpsert(); });
    ASSERT_TRUE(status.ok()) << status;
    CheckList();
  }

  void CheckEverything() {
    FillDisk();
    RestartAsAfterAKill();
    CheckList();
    CheckCount();
    for (int i = 0; i < 20; ++i) CheckSearch();
    while (!snapshots_.empty()) CheckSnapshot();
  }

 private:
  test::BlockingEngine& engine() { return **engine_; }
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  std::string RandomId() { return "id" + std::to_string(Below(400)); }

  void Open(const fs::path& data_dir) {
    data_dir_ = data_dir;
    engine_.emplace(data_dir);
    ASSERT_TRUE(engine_->status().ok()) << engine_->status();
  }

  void RestartCleanly() {
    engine_.reset();
    Open(data_dir_);
  }

  // The files as they are at one moment, opened without the close that came after.
  void RestartAsAfterAKill() {
    const fs::path copy = scratch_.path() / ("data" + std::to_string(++copies_));
    ASSERT_TRUE(test::CopyLiveDirectory(data_dir_, copy));
    const fs::path old = data_dir_;
    engine_.reset();
    fs::remove_all(old);
    Open(copy);
  }

  test::Documents RandomDocuments() {
    test::Documents batch;
    const uint32_t size = 1 + Below(30);
    while (batch.size() < size) {
      std::string id = RandomId();
      batch.insert_or_assign(id, test::RandomDocument(id, random_));
    }
    return batch;
  }

  // What is refused changes nothing.
  absl::Status TryUpsert() {
    const test::Documents batch = RandomDocuments();
    service::UpsertRequest request;
    request.collection = kCollection;
    for (const auto& [id, document] : batch) request.documents.push_back(document);
    const auto result = engine().Upsert(request);
    if (!result.ok()) return result.status();
    EXPECT_EQ(result->upserted, batch.size());
    for (const auto& [id, document] : batch) expected_.insert_or_assign(id, document);
    return absl::OkStatus();
  }

  void Upsert() {
    const absl::Status status = TryUpsert();
    ASSERT_TRUE(status.ok()) << status;
  }

  void DeleteIds() {
    service::DeleteRequest request;
    request.collection = kCollection;
    uint32_t removed = 0;
    for (uint32_t i = 0; i < 1 + Below(5); ++i) {
      request.ids.push_back(RandomId());
      removed += static_cast<uint32_t>(expected_.erase(request.ids.back()));
    }
    const auto result = engine().Delete(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->deleted, removed);
  }

  void DeleteByFilter() {
    const auto n = static_cast<double>(Below(10));
    const auto removed =
        std::erase_if(expected_, [&](const auto& e) { return test::NumberOf(e.second) == n; });
    const auto result = engine().Delete({kCollection, {}, "n = " + std::to_string(int(n)), ""});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->deleted, removed);
  }

  void CheckGet() {
    const std::string id = RandomId();
    const auto result = engine().Get({kCollection, {id}, {.vector = true}});
    ASSERT_TRUE(result.ok()) << result.status();
    const auto known = expected_.find(id);
    EXPECT_EQ(result->front(), known == expected_.end() ? std::nullopt : std::optional(known->second));
  }

  void CheckCount() {
    EXPECT_EQ(engine().Count(kCollection).value(), expected_.size());
    const auto n = static_cast<double>(Below(10));
    const auto matching =
        std::ranges::count_if(expected_, [&](const auto& e) { return test::NumberOf(e.second) < n; });
    EXPECT_EQ(engine().Count(kCollection, "n < " + std::to_string(int(n))).value(),
              static_cast<uint64_t>(matching));
  }

  void CheckList() { EXPECT_TRUE(ListAll(kCollection) == expected_); }

  test::Documents ListAll(const std::string& collection) {
    service::ListRequest request;
    request.collection = collection;
    request.page_size = 1 + Below(60);
    request.mask.vector = true;
    test::Documents listed;
    do {
      auto page = engine().List(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return {};
      for (Document& document : page->documents) {
        std::string id = document.id;
        EXPECT_TRUE(listed.emplace(std::move(id), std::move(document)).second) << "listed twice";
      }
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    return listed;
  }

  void TakeSnapshot() {
    const auto made = engine().CreateSnapshot(kCollection);
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(made->document_count, expected_.size());
    snapshots_[made->id] = expected_;
  }

  // Restores the oldest snapshot, half of them by way of an archive, and forgets it.
  void CheckSnapshot() {
    if (snapshots_.empty()) return;
    const auto [id, documents] = *snapshots_.begin();
    snapshots_.erase(snapshots_.begin());
    std::string from = id;
    if (Below(2) == 0) {
      const auto archive = engine().ExportSnapshot(id);
      ASSERT_TRUE(archive.ok()) << archive.status();
      ASSERT_TRUE(engine().DeleteSnapshot(id).ok());
      from = "imported";
      ASSERT_TRUE(engine().ImportSnapshot(*archive, from).ok());
    }
    const auto restored = engine().RestoreSnapshot(from, "restored");
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_TRUE(ListAll("restored") == documents);
    service::SearchRequest all;
    all.collection = "restored";
    all.vector = test::RandomVector(random_);
    all.top_k = 1000;
    all.exact = true;
    EXPECT_EQ(engine().Search(all)->hits.size(), documents.size());
    ASSERT_TRUE(engine().DeleteSnapshot(from).ok());
    ASSERT_TRUE(engine().DeleteCollection("restored").ok());
  }

  void ForgetSnapshot() {
    if (snapshots_.empty()) return;
    const std::string id = snapshots_.rbegin()->first;
    ASSERT_TRUE(engine().DeleteSnapshot(id).ok());
    EXPECT_TRUE(absl::IsNotFound(engine().RestoreSnapshot(id, "restored").status()));
    snapshots_.erase(id);
  }

  void ChangeSnapshots() {
    const uint32_t choice = Below(8);
    if (choice < 4) return TakeSnapshot();
    if (choice < 7) return CheckSnapshot();
    ForgetSnapshot();
  }

  void CheckSearch() {
    const int below = Below(2) == 0 ? 10 : static_cast<int>(Below(10));
    service::SearchRequest request;
    request.collection = kCollection;
    request.vector = test::RandomVector(random_);
    request.top_k = 1 + Below(20);
    request.exact = Below(2) == 0;
    request.mask.vector = true;
    if (below < 10) request.filter = "n < " + std::to_string(below);
    const std::vector<double> best = test::BestScores(expected_, *request.vector, below);
    const auto result = engine().Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_LE(result->hits.size(), std::min<size_t>(request.top_k, best.size()));
    if (request.exact) {
      EXPECT_EQ(result->hits.size(), std::min<size_t>(request.top_k, best.size()));
    }
    for (size_t i = 0; i < result->hits.size(); ++i) {
      const service::Hit& hit = result->hits[i];
      EXPECT_EQ(hit.document, expected_.at(hit.document.id));
      EXPECT_LT(test::NumberOf(hit.document), below);
      EXPECT_NEAR(hit.score, test::Cosine(*request.vector, hit.document.vector), 1e-4);
      if (request.exact) {
        EXPECT_NEAR(hit.score, best[i], 1e-4);
      }
    }
  }

  test::ScratchDir scratch_;
  test::DiskRecorder disk_{scratch_.path()};
  std::mt19937_64 random_{test::ChooseSeed()};
  fs::path data_dir_;
  int copies_ = 0;
  test::Documents expected_;
  std::map<std::string, test::Documents> snapshots_;  // what each holds
  std::optional<test::OpenEngine> engine_;
};

TEST_F(ModelTest, AnEngineIsAMapWithNeighbours) {
  for (int step = 0; step < kSteps; ++step) {
    step == kSteps / 2 ? FillDisk() : Step();
    if (HasFailure()) FAIL() << "at step " << step;
  }
  CheckEverything();
}

}  // namespace
}  // namespace voisin
