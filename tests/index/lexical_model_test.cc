#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/thread_pool.h"
#include "tests/index/lexical_reference.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

using test::Terms;

uint64_t Seed() {
  const char* named = std::getenv("VOISIN_SEED");
  return named != nullptr ? std::strtoull(named, nullptr, 10) : 20240817;
}

// Random operations on an index and on the reference.
class LexicalModel {
 public:
  explicit LexicalModel(uint64_t seed) : random_(seed), data_(seed + 1, 150) {
    options_.directory = scratch_.path();
    options_.seal_points = 90;
    Reopen();
  }

  void Step() {
    const uint64_t dice = random_() % 1000;
    if (dice < 600) {
      Add();
    } else if (dice < 800) {
      Remove();
    } else if (dice < 975) {
      Search();
    } else if (dice < 980) {
      ASSERT_TRUE(index_->Save(lsn_).ok());
    } else if (dice < 983) {
      index_->WaitUntilIndexed();
    } else if (dice < 986) {
      index_->Consolidate();
    } else if (dice < 990) {
      reference_.params = {.k1 = static_cast<float>(random_() % 5) * 0.6f,
                           .b = static_cast<float>(random_() % 5) / 4};
      index_->SetParams(reference_.params);
    } else {
      Reopen();
    }
  }

 private:
  struct Change {
    PointId id;
    std::optional<Terms> terms;  // none: removed
  };

  void Add() {
    const Terms terms = data_.NextDocument();
    ++lsn_;
    ASSERT_TRUE(index_->Add(lsn_, terms).ok());
    index_->SetAppliedLsn(lsn_);
    reference_.documents[lsn_] = terms;
    log_[lsn_] = {lsn_, terms};
  }

  void Remove() {
    auto it = reference_.documents.lower_bound(random_() % (lsn_ + 1));
    if (it == reference_.documents.end()) return;
    const PointId id = it->first;
    ++lsn_;
    ASSERT_TRUE(index_->Remove(id));
    ASSERT_FALSE(index_->Remove(id));
    index_->SetAppliedLsn(lsn_);
    reference_.documents.erase(it);
    log_[lsn_] = {id, std::nullopt};
  }

  void Reopen() {
    index_.reset();
    options_.params = reference_.params;
    auto opened = LexicalIndex::Open(options_, &pool_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_EQ(opened->damage, "");
    index_ = std::move(opened->index);
    for (auto it = log_.upper_bound(opened->applied_lsn); it != log_.end(); ++it) Replay(it->second);
    index_->SetAppliedLsn(lsn_);
    ASSERT_EQ(index_->Stats().points, reference_.documents.size());
  }

  void Replay(const Change& change) {
    if (change.terms) {
      ASSERT_TRUE(index_->Add(change.id, *change.terms).ok());
    } else {
      index_->Remove(change.id);
    }
  }

  void Search() {
    const std::vector<QueryTerm> terms = data_.NextQuery();
    LexicalQuery query{terms, static_cast<uint32_t>(random_() % 20 + 1)};
    std::vector<PointId> allowed;
    const uint64_t part = uint64_t{1} << (random_() % 6);
    for (PointId id = 1; id <= lsn_; ++id) {
      if (random_() % part == 0) allowed.push_back(id);
    }
    const PointSet filter(allowed);
    if (part > 1) query.filter = &filter;
    Check(query);
    if (::testing::Test::HasFatalFailure()) return;
    const auto best = reference_.Search(query);
    if (best.size() > 1) query.min_score = (best.front().score + best.back().score) / 2;
    if (query.min_score) Check(query);
  }

  void Check(const LexicalQuery& query) {
    const auto found = index_->Search(query);
    ASSERT_TRUE(found.ok()) << found.status();
    CheckScores(query, found->neighbors);
    LexicalQuery all = query;
    all.top_k = 1'000'000;
    const auto every = index_->Search(all)->neighbors;
    const size_t kept = std::min<size_t>(query.top_k, every.size());
    ASSERT_EQ(found->neighbors,
              std::vector<Neighbor>(every.begin(), every.begin() + static_cast<ptrdiff_t>(kept)));
    ASSERT_LE(every.size(), reference_.Search(Looser(all, 1e-5f)).size());
    ASSERT_GE(every.size(), reference_.Search(Looser(all, -1e-5f)).size());
  }

  // The reference rounds otherwise, which may decide at the least score.
  static LexicalQuery Looser(LexicalQuery query, float part) {
    if (query.min_score) query.min_score = *query.min_score * (1 - part);
    return query;
  }

  void CheckScores(const LexicalQuery& query, const std::vector<Neighbor>& found) {
    const auto truth = reference_.Search(Looser(query, 1e-5f));
    const auto expected = reference_.Scores(query.terms);
    std::vector<PointId> ids;
    for (size_t i = 0; i < found.size(); ++i) {
      const auto score = expected.find(found[i].id);
      ASSERT_NE(score, expected.end()) << "a dead point, or one without a term: " << found[i].id;
      ASSERT_TRUE(query.filter == nullptr || query.filter->Contains(found[i].id));
      ASSERT_NEAR(found[i].score, score->second, score->second * 1e-5);
      ASSERT_LT(i, truth.size());
      ASSERT_NEAR(found[i].score, truth[i].score, truth[i].score * 1e-5);
      ASSERT_TRUE(i == 0 || Better(found[i - 1], found[i]));
      ids.push_back(found[i].id);
    }
    const std::vector<float> scores = index_->Score(query.terms, ids).value();
    for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(scores[i], found[i].score);
  }

  std::mt19937_64 random_;
  test::LexicalData data_;
  voisin::test::ScratchDir scratch_;
  ThreadPool pool_{{}};
  LexicalIndex::Options options_;
  std::unique_ptr<LexicalIndex> index_;
  test::LexicalReference reference_;
  std::map<uint64_t, Change> log_;  // by lsn: what a store would replay
  uint64_t lsn_ = 0;
};

TEST(LexicalModelTest, RandomOperationsAgreeWithTheReference) {
  const uint64_t seed = Seed();
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  LexicalModel model(seed);
  for (int step = 0; step < 2500 && !::testing::Test::HasFatalFailure(); ++step) model.Step();
}

TEST(LexicalModelTest, QuietTimesBringEverythingIntoOneSegment) {
  ThreadPool pool({});
  const auto index = LexicalIndex::Open({.params = {}, .seal_points = 100}, &pool).value().index;
  test::LexicalData data(1, 300);
  PointId id = 0;
  const auto add = [&](int points) {
    while (points-- > 0) ASSERT_TRUE(index->Add(++id, data.NextDocument(20)).ok());
  };
  add(90);
  index->Consolidate();
  EXPECT_EQ(index->Stats().segments, 1u) << "nothing is sealed";
  add(2000);
  index->WaitUntilIndexed();
  add(30);  // too few to be merged while more may come
  index->Consolidate();
  index->WaitUntilIndexed();
  EXPECT_EQ(index->Stats().segments, 2u) << "one that is sealed, and one that grows";
  EXPECT_EQ(index->Stats().points, 2120u);
  add(5);
  index->Consolidate();
  EXPECT_EQ(index->Stats().segments, 2u) << "not worth a merge";
}

// Answers depend on what is in the index, not on how it lies in segments nor on the way to it.
TEST(LexicalModelTest, AnswersAreTheSameHoweverPointsLie) {
  const uint64_t seed = Seed();
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  ThreadPool pool({});
  const auto open = [&](uint32_t seal_points) {
    return LexicalIndex::Open({.params = {}, .seal_points = seal_points}, &pool).value().index;
  };
  const auto one = open(100'000), merged = open(700), buffers = open(100'000);
  test::LexicalData data(seed, 3000);
  constexpr PointId kPoints = 9000;
  std::vector<PointId> third;
  for (PointId id = 1; id <= kPoints; ++id) {
    const Terms terms = data.NextDocument(60);
    for (const auto& index : {one.get(), merged.get(), buffers.get()})
      ASSERT_TRUE(index->Add(id, terms).ok());
    if (id % 3 == 0) third.push_back(id);
  }
  one->WaitUntilIndexed();
  for (PointId id = 5; id <= kPoints; id += 11) {
    for (const auto& index : {one.get(), merged.get(), buffers.get()}) ASSERT_TRUE(index->Remove(id));
  }
  merged->WaitUntilIndexed();
  EXPECT_EQ(one->Stats().segments, 2u);
  const PointSet filter(third), narrow({9, 300, 301, 6000, 8999});
  uint64_t walked = 0, postings = 0;
  for (int i = 0; i < 200; ++i) {
    const std::vector<QueryTerm> terms = data.NextQuery(8);
    for (const PointSet* set : {static_cast<const PointSet*>(nullptr), &filter, &narrow}) {
      const LexicalQuery query{terms, static_cast<uint32_t>(i % 30 + 1), set};
      const auto expected = buffers->Search(query).value();
      const auto walk = one->Search(query).value();
      ASSERT_EQ(walk.neighbors, expected.neighbors);
      ASSERT_EQ(merged->Search(query)->neighbors, expected.neighbors);
      walked += walk.scored;
      postings += expected.scored;
    }
  }
  EXPECT_LT(walked, postings) << "bounds of blocks skipped nothing";
}

}  // namespace
}  // namespace voisin::index
