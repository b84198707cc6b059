// Random operations on an engine beside a plain map: whatever happens, both hold the same documents, exact search
// answers what a scan of the map answers, and a snapshot holds what the map held then. The seed is printed; VOISIN_SEED=n runs it again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "tests/support/blocking_engine.h"
#include "tests/support/live_copy.h"
#include "tests/support/scratch_dir.h"

namespace voisin {
namespace {

namespace fs = std::filesystem;
using storage::Document;

constexpr uint32_t kDimensions = 8;
constexpr int kSteps = 600;
constexpr char kCollection[] = "model";

uint64_t ChooseSeed() {
  const char* given = std::getenv("VOISIN_SEED");
  if (given != nullptr) return std::strtoull(given, nullptr, 10);
  return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

double Cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double product = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += double{a[i]} * double{b[i]};
    aa += double{a[i]} * double{a[i]};
    bb += double{b[i]} * double{b[i]};
  }
  return product / std::sqrt(aa * bb);
}

double NumberOf(const Document& document) { return std::get<double>(document.metadata.at("n").data); }

class ModelTest : public testing::Test {
 protected:
  ModelTest() : seed_(ChooseSeed()), random_(seed_) {
    std::cout << "seed " << seed_ << " (VOISIN_SEED=" << seed_ << " runs it again)\n";
    Open(scratch_.path() / "data0");
    service::CollectionSpec spec;
    spec.id = kCollection;
    spec.dimensions = kDimensions;
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
    if (choice < 98) return Below(2) == 0 ? TakeSnapshot() : CheckSnapshot();
    if (choice < 99) return RestartCleanly();
    RestartAsAfterAKill();
  }

  void CheckEverything() {
    CheckList();
    CheckCount();
    for (int i = 0; i < 20; ++i) CheckSearch();
    while (!snapshots_.empty()) CheckSnapshot();
  }

  uint64_t seed() const { return seed_; }

 private:
  test::BlockingEngine& engine() { return *blocking_; }
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  std::string RandomId() { return "id" + std::to_string(Below(400)); }

  std::vector<float> RandomVector() {
    std::normal_distribution<float> normal;
    std::vector<float> vector(kDimensions);
    for (float& value : vector) value = normal(random_);
    return vector;
  }

  Document RandomDocument(std::string id) {
    Document document;
    document.id = std::move(id);
    document.text = "text " + std::to_string(Below(1000));
    document.vector = RandomVector();
    document.metadata = {{"n", {double(Below(10))}}, {"even", {Below(2) == 0}}};
    return document;
  }

  void Open(const fs::path& data_dir) {
    service::Engine::Options options;
    options.data_dir = data_dir_ = data_dir;
    options.models_dir = scratch_.path() / "models";
    options.threads = 2;
    options.seal_points = 100;
    auto opened = service::Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    engine_ = *std::move(opened);
    engine_->WaitUntilReady();
    blocking_ = std::make_unique<test::BlockingEngine>(*engine_);
  }

  void Close() {
    blocking_.reset();
    engine_.reset();
  }

  void RestartCleanly() {
    Close();
    Open(data_dir_);
  }

  // The files as they are at one moment, opened without the close that came after.
  void RestartAsAfterAKill() {
    const fs::path copy = scratch_.path() / ("data" + std::to_string(++copies_));
    ASSERT_TRUE(test::CopyLiveDirectory(data_dir_, copy));
    const fs::path old = data_dir_;
    Close();
    fs::remove_all(old);
    Open(copy);
  }

  void Upsert() {
    std::map<std::string, Document> batch;
    const uint32_t size = 1 + Below(30);
    while (batch.size() < size) {
      std::string id = RandomId();
      batch.insert_or_assign(id, RandomDocument(id));
    }
    service::UpsertRequest request;
    request.collection = kCollection;
    for (const auto& [id, document] : batch) request.documents.push_back(document);
    const auto result = engine().Upsert(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->upserted, size);
    for (auto& [id, document] : batch) expected_.insert_or_assign(id, std::move(document));
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
    const auto removed = std::erase_if(expected_, [&](const auto& e) { return NumberOf(e.second) == n; });
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
        std::ranges::count_if(expected_, [&](const auto& e) { return NumberOf(e.second) < n; });
    EXPECT_EQ(engine().Count(kCollection, "n < " + std::to_string(int(n))).value(),
              static_cast<uint64_t>(matching));
  }

  void CheckList() { EXPECT_TRUE(ListAll(kCollection) == expected_); }

  std::map<std::string, Document> ListAll(const std::string& collection) {
    service::ListRequest request;
    request.collection = collection;
    request.page_size = 1 + Below(60);
    request.mask.vector = true;
    std::map<std::string, Document> listed;
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
    all.vector = RandomVector();
    all.top_k = 1000;
    all.exact = true;
    EXPECT_EQ(engine().Search(all)->hits.size(), documents.size());
    ASSERT_TRUE(engine().DeleteSnapshot(from).ok());
    ASSERT_TRUE(engine().DeleteCollection("restored").ok());
  }

  std::vector<double> BestScores(const std::vector<float>& vector, int below) {
    std::vector<double> scores;
    for (const auto& [id, document] : expected_) {
      if (NumberOf(document) < below) scores.push_back(Cosine(vector, document.vector));
    }
    std::ranges::sort(scores, std::greater<>());
    return scores;
  }

  void CheckSearch() {
    const int below = Below(2) == 0 ? 10 : static_cast<int>(Below(10));
    service::SearchRequest request;
    request.collection = kCollection;
    request.vector = RandomVector();
    request.top_k = 1 + Below(20);
    request.exact = Below(2) == 0;
    request.mask.vector = true;
    if (below < 10) request.filter = "n < " + std::to_string(below);
    const std::vector<double> best = BestScores(*request.vector, below);
    const auto result = engine().Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_LE(result->hits.size(), std::min<size_t>(request.top_k, best.size()));
    if (request.exact) {
      EXPECT_EQ(result->hits.size(), std::min<size_t>(request.top_k, best.size()));
    }
    for (size_t i = 0; i < result->hits.size(); ++i) {
      const service::Hit& hit = result->hits[i];
      EXPECT_EQ(hit.document, expected_.at(hit.document.id));
      EXPECT_LT(NumberOf(hit.document), below);
      EXPECT_NEAR(hit.score, Cosine(*request.vector, hit.document.vector), 1e-4);
      if (request.exact) {
        EXPECT_NEAR(hit.score, best[i], 1e-4);
      }
    }
  }

  test::ScratchDir scratch_;
  const uint64_t seed_;
  std::mt19937_64 random_;
  fs::path data_dir_;
  int copies_ = 0;
  std::map<std::string, Document> expected_;
  std::map<std::string, std::map<std::string, Document>> snapshots_;  // what each holds
  std::unique_ptr<service::Engine> engine_;
  std::unique_ptr<test::BlockingEngine> blocking_;
};

TEST_F(ModelTest, AnEngineIsAMapWithNeighbours) {
  for (int step = 0; step < kSteps; ++step) {
    Step();
    if (HasFailure()) FAIL() << "at step " << step << ", seed " << seed();
  }
  CheckEverything();
}

}  // namespace
}  // namespace voisin
