#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>

#include "base/thread_pool.h"
#include "tests/index/index_test_data.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

constexpr uint32_t kDimensions = 12;
constexpr double kRecallFloor = 0.98;

uint64_t Seed() {
  const char* named = std::getenv("VOISIN_SEED");
  return named != nullptr ? std::strtoull(named, nullptr, 10) : 20240817;
}

// Random operations on an index and on a plain map that knows the truth.
class Model {
 public:
  Model(uint64_t seed, Metric metric)
      : random_(seed), data_(seed + 1, kDimensions), scorer_(metric, kDimensions) {
    options_.dimensions = kDimensions;
    options_.metric = metric;
    options_.params = {.m = 8, .ef_construction = 40, .ef_search = 30};
    options_.directory = scratch_.path();
    options_.seal_points = 60;
    Reopen();
  }

  void Step() {
    const uint64_t dice = random_() % 1000;
    if (dice < 600) {
      Add();
    } else if (dice < 850) {
      Remove();
    } else if (dice < 985) {
      Search();
    } else if (dice < 990) {
      ASSERT_TRUE(index_->Save(lsn_).ok());
    } else if (dice < 994) {
      index_->WaitUntilIndexed();
    } else if (dice < 997) {
      index_->Consolidate();
    } else {
      Reopen();
    }
  }

  double recall() const { return walks_ == 0 ? 1 : recall_ / walks_; }

 private:
  struct Change {
    PointId id;
    std::vector<float> vector;  // empty: removed
  };

  void Add() {
    // A third repeats a vector that is there, as real text does.
    std::vector<float> vector = data_.Next();
    if (!live_.empty() && random_() % 3 == 0) vector = Any()->second;
    ++lsn_;
    ASSERT_TRUE(index_->Add(lsn_, vector).ok());
    index_->SetAppliedLsn(lsn_);
    live_[lsn_] = vector;
    log_[lsn_] = {lsn_, vector};
  }

  void Remove() {
    if (live_.empty()) return;
    const PointId id = Any()->first;
    ++lsn_;
    ASSERT_TRUE(index_->Remove(id));
    ASSERT_FALSE(index_->Remove(id));
    index_->SetAppliedLsn(lsn_);
    live_.erase(id);
    log_[lsn_] = {id, {}};
  }

  void Reopen() {
    index_.reset();
    auto opened = VectorIndex::Open(options_, &pool_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_EQ(opened->damage, "");
    index_ = std::move(opened->index);
    for (auto it = log_.upper_bound(opened->applied_lsn); it != log_.end(); ++it) Replay(it->second);
    index_->SetAppliedLsn(lsn_);
    ASSERT_EQ(index_->Stats().points, live_.size());
  }

  void Replay(const Change& change) {
    if (change.vector.empty()) {
      index_->Remove(change.id);
    } else {
      ASSERT_TRUE(index_->Add(change.id, change.vector).ok());
    }
  }

  void Search() {
    const std::vector<float> vector = data_.Next();
    Query query;
    query.vector = vector;
    query.top_k = static_cast<uint32_t>(random_() % 20 + 1);
    query.exact = random_() % 3 == 0;
    std::vector<PointId> allowed;
    const uint64_t part = uint64_t{1} << (random_() % 6);
    for (const auto& [id, unused] : live_) {
      if (random_() % part == 0) allowed.push_back(id);
    }
    const PointSet filter(allowed);
    if (part > 1) query.filter = &filter;
    const auto result = index_->Search(query);
    ASSERT_TRUE(result.ok()) << result.status();
    Check(query, *result, Truth(query));
  }

  void Check(const Query& query, const SearchResult& result, const std::vector<Neighbor>& truth) {
    for (const Neighbor& neighbor : result.neighbors) {
      ASSERT_TRUE(live_.contains(neighbor.id)) << "a dead point: " << neighbor.id;
      ASSERT_TRUE(query.filter == nullptr || query.filter->Contains(neighbor.id));
    }
    if (result.path == SearchPath::exact || result.path == SearchPath::filtered_exact) {
      ASSERT_EQ(result.neighbors, truth);
    } else {
      ++walks_;
      recall_ += test::Recall(result.neighbors, truth);
    }
  }

  std::vector<Neighbor> Truth(const Query& query) const {
    const std::vector<float> vector = Prepared({query.vector.begin(), query.vector.end()});
    TopK best(query.top_k, std::nullopt);
    for (const auto& [id, stored] : live_) {
      if (query.filter != nullptr && !query.filter->Contains(id)) continue;
      best.Offer({id, scorer_.Score(vector.data(), Prepared(stored).data())});
    }
    return best.Take();
  }

  std::vector<float> Prepared(std::vector<float> vector) const {
    if (options_.metric != Metric::cosine) return vector;
    double squares = 0;
    for (float x : vector) squares += double{x} * x;
    const double scale = 1 / std::sqrt(squares);
    for (float& x : vector) x = static_cast<float>(x * scale);
    return vector;
  }

  std::map<PointId, std::vector<float>>::const_iterator Any() {
    auto it = live_.lower_bound(random_() % (lsn_ + 1));
    return it == live_.end() ? std::prev(it) : it;
  }

  std::mt19937_64 random_;
  test::ClusteredData data_;
  const Scorer scorer_;
  voisin::test::ScratchDir scratch_;
  ThreadPool pool_{{}};
  VectorIndex::Options options_;
  std::unique_ptr<VectorIndex> index_;
  std::map<PointId, std::vector<float>> live_;
  std::map<uint64_t, Change> log_;  // by lsn: what a store would replay
  uint64_t lsn_ = 0;
  double recall_ = 0;
  int walks_ = 0;
};

TEST(ModelTest, RandomOperationsAgreeWithAMap) {
  const uint64_t seed = Seed();
  for (Metric metric : {Metric::cosine, Metric::dot, Metric::l2}) {
    SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed) + " metric " +
                 std::to_string(static_cast<int>(metric)));
    Model model(seed, metric);
    for (int step = 0; step < 4000 && !::testing::Test::HasFatalFailure(); ++step) model.Step();
    EXPECT_GE(model.recall(), kRecallFloor);
  }
}

}  // namespace
}  // namespace voisin::index
