#include "service/recall.h"

#include <random>

#include "base/thread_pool.h"
#include "service/query_sample.h"
#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint32_t kDimensions = 24;

std::vector<float> RandomVector(std::mt19937& random) {
  std::normal_distribution<float> component;
  std::vector<float> vector(kDimensions);
  for (float& value : vector) value = component(random);
  return vector;
}

bool Never() { return false; }

TEST(QuerySampleTest, KeepsTheNewest) {
  QuerySample sample;
  EXPECT_TRUE(sample.Newest(3).empty());
  for (int i = 0; i < 3; ++i) sample.Add({static_cast<float>(i)});
  EXPECT_THAT(sample.Newest(2), ElementsAre(ElementsAre(2), ElementsAre(1)));
  for (int i = 3; i < 150; ++i) sample.Add({static_cast<float>(i)});
  const auto all = sample.Newest(1000);
  ASSERT_EQ(all.size(), QuerySample::kCapacity);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_THAT(all[i], ElementsAre(149 - static_cast<int>(i)));
}

TEST(QuerySampleTest, WantsTheFirstOnesThenSome) {
  QuerySample sample;
  uint64_t wanted = 0;
  for (size_t i = 0; i < QuerySample::kCapacity; ++i) EXPECT_TRUE(sample.Wants());
  for (uint64_t i = 0; i < 100 * QuerySample::kEvery; ++i) wanted += sample.Wants() ? 1 : 0;
  EXPECT_EQ(wanted, 100u);
  EXPECT_EQ(sample.seen(), QuerySample::kCapacity + 100 * QuerySample::kEvery);
}

class RecallMeterTest : public testing::Test {
 protected:
  RecallMeterTest() {
    index::VectorIndex::Options options;
    options.dimensions = kDimensions;
    options.params = {.m = 4, .ef_construction = 20, .ef_search = 10};
    options.seal_points = 3000;
    index_ = index::VectorIndex::Open(options, &pool_).value().index;
    for (int i = 0; i < 20; ++i) queries_.push_back(RandomVector(random_));
  }
  void Fill(index::PointId count) {
    for (index::PointId id = 1; id <= count; ++id) EXPECT_TRUE(index_->Add(id, RandomVector(random_)).ok());
    index_->WaitUntilIndexed();
  }

  std::mt19937 random_{7};
  ThreadPool pool_{{}};
  std::unique_ptr<index::VectorIndex> index_;
  std::vector<std::vector<float>> queries_;
};

TEST_F(RecallMeterTest, IsTheShareOfTheTrueNeighbours) {
  Fill(9000);
  const RecallMeter meter = RecallMeter::Make(*index_, queries_, Never).value();
  size_t found = 0;
  for (const auto& query : queries_) {
    const auto quick = index_->Search({.vector = query, .ef = 12}).value().neighbors;
    const auto exact = index_->Search({.vector = query, .exact = true}).value().neighbors;
    for (const index::Neighbor& near : exact) {
      if (std::ranges::find(quick, near.id, &index::Neighbor::id) != quick.end()) ++found;
    }
  }
  const double recall = meter.RecallAt(12).value();
  EXPECT_DOUBLE_EQ(recall, static_cast<double>(found) / (10.0 * static_cast<double>(queries_.size())));
  EXPECT_LT(recall, 0.99) << "a graph so thin that the test can fail";
}

TEST_F(RecallMeterTest, TheSmallestEfHoldsTheTargetAndTheOneBelowDoesNot) {
  Fill(9000);
  const RecallMeter meter = RecallMeter::Make(*index_, queries_, Never).value();
  for (const double target : {0.6, 0.9, 0.95}) {
    const uint32_t ef = meter.SmallestEf(target).value();
    EXPECT_GE(meter.RecallAt(ef).value(), target);
    ASSERT_GT(ef, RecallMeter::kTopK) << target;
    EXPECT_LT(meter.RecallAt(ef - 1).value(), target);
  }
  EXPECT_EQ(meter.SmallestEf(0).value(), RecallMeter::kTopK);
}

TEST_F(RecallMeterTest, ATargetThatNoneReachesGivesTheLargestEf) {
  const RecallMeter meter = RecallMeter::Make(*index_, queries_, Never).value();
  EXPECT_EQ(meter.RecallAt(10).value(), 1) << "nothing to find";
  EXPECT_EQ(meter.SmallestEf(1.01).value(), RecallMeter::kMaxEf);
}

TEST_F(RecallMeterTest, WhatTiesWithTheTenthIsAsGood) {
  const std::vector<float> same = RandomVector(random_);
  for (index::PointId id = 1; id <= 50; ++id) ASSERT_TRUE(index_->Add(id, same).ok());
  Fill(0);
  ASSERT_TRUE(index_->Remove(3));
  const RecallMeter meter = RecallMeter::Make(*index_, queries_, Never).value();
  EXPECT_EQ(meter.RecallAt(10).value(), 1);
}

TEST_F(RecallMeterTest, Stops) {
  Fill(100);
  int asked = 0;
  const auto stopped = RecallMeter::Make(*index_, queries_, [&] { return ++asked > 5; });
  EXPECT_TRUE(absl::IsCancelled(stopped.status())) << stopped.status();
}

class RecallTest : public EngineFixture {
 protected:
  RecallTest() { options_.seal_points = 1000; }

  void MakeGraph(const std::string& id, double target) {
    CollectionSpec spec;
    spec.id = id;
    spec.dimensions = kDimensions;
    spec.params = {.m = 4, .ef_construction = 20, .ef_search = 10};
    spec.target_recall = target;
    ASSERT_TRUE(engine().CreateCollection(spec).ok());
    for (int batch = 0; batch < 10; ++batch) {
      std::vector<storage::Document> documents;
      for (int i = 0; i < 1000; ++i) {
        documents.push_back(VectorDocument(std::to_string(1000 * batch + i), RandomVector(random_)));
      }
      ASSERT_TRUE(Put(id, std::move(documents)).ok());
    }
    WaitFor(id, [](const CollectionInfo& info) { return info.indexed_fraction == 1; });
  }
  void WaitFor(const std::string& id, const std::function<bool(const CollectionInfo&)>& holds) {
    for (int i = 0; i < 3000; ++i) {
      if (holds(engine().GetCollection(id).value())) return;
      absl::SleepFor(absl::Milliseconds(20));
    }
    FAIL() << "waited for a minute";
  }
  void Ask(const std::string& id, int queries) {
    for (int i = 0; i < queries; ++i) {
      ASSERT_TRUE(engine().Search(VectorQuery(id, RandomVector(random_))).ok());
    }
  }

  std::mt19937 random_{11};
};

TEST_F(RecallTest, AnIndexComesTogetherWhenNobodyWrites) {
  options_.quiet_period = absl::Milliseconds(20);
  Open();
  MakeGraph("c", 0);
  std::vector<storage::Document> documents;
  for (int i = 0; i < 300; ++i)
    documents.push_back(VectorDocument("late" + std::to_string(i), RandomVector(random_)));
  ASSERT_TRUE(Put("c", std::move(documents)).ok());
  WaitFor("c", [](const CollectionInfo& info) {
    return info.indexed_fraction == 1 && info.document_count == 10300;
  });
}

TEST_F(RecallTest, IsMeasuredBySearchesThatCameAndByStoredVectors) {
  Open();
  MakeGraph("c", 0);
  RecallReport report = engine().MeasureRecall({"c", 30}).value();
  EXPECT_EQ(report.live_queries, 0u);
  EXPECT_EQ(report.stored_queries, 30u);
  EXPECT_EQ(report.ef, 10u);
  Ask("c", 12);
  SearchRequest filtered = VectorQuery("c", RandomVector(random_));
  filtered.filter = "n = 1";
  ASSERT_TRUE(engine().Search(filtered).ok());
  report = engine().MeasureRecall({"c", 30}).value();
  EXPECT_EQ(report.live_queries, 12u) << "a filter has its own recall";
  EXPECT_EQ(report.stored_queries, 18u);
  EXPECT_GT(report.recall, 0.1);
  EXPECT_LT(report.recall, 1);
  EXPECT_EQ(engine().GetCollection("c")->measured_recall, report.recall);
  EXPECT_EQ(engine().MeasureRecall({"c", 0})->live_queries, 12u);
}

TEST_F(RecallTest, ASmallCollectionIsScannedAndFindsAll) {
  Open();
  MakeVectors("few", 2);
  EXPECT_EQ(engine().MeasureRecall({"few", 0})->recall, 1) << "nothing there";
  ASSERT_TRUE(Put("few", {VectorDocument("a", {1, 0}), VectorDocument("b", {0, 1})}).ok());
  const RecallReport report = engine().MeasureRecall({"few", 5}).value();
  EXPECT_EQ(report.recall, 1);
  EXPECT_EQ(report.stored_queries, 2u);
}

TEST_F(RecallTest, TheBackgroundTunesEfToTheTargetAndKeepsIt) {
  options_.recall_period = absl::Milliseconds(20);
  Open();
  MakeGraph("c", 0.9);
  WaitFor("c", [](const CollectionInfo& info) {
    return info.spec.params.ef_search > 10 && info.measured_recall >= 0.9;
  });
  const uint32_t ef = engine().GetCollection("c")->spec.params.ef_search;
  EXPECT_LT(ef, 1000u) << "the smallest that holds";
  Restart();
  engine().engine().WaitUntilReady();
  EXPECT_GE(engine().GetCollection("c")->spec.params.ef_search, ef * 3 / 4) << "durable";

  CollectionParams params{engine().GetCollection("c")->spec.params, {}, 0.99};
  ASSERT_TRUE(engine().UpdateCollection("c", params).ok());
  WaitFor("c", [ef](const CollectionInfo& info) {
    return info.spec.params.ef_search > ef && info.measured_recall >= 0.99;
  });
}

TEST_F(RecallTest, WarnsWhenTheTargetIsMissed) {
  Open();
  MakeGraph("c", 0.9999);
  EXPECT_LT(engine().MeasureRecall({"c", 100})->recall, 0.9999);
  Close();
  EXPECT_THAT(log_text(), HasSubstr("recall_below_target"));
}

TEST_F(RecallTest, TheBackgroundMeasuresWhatIsSearchedOnly) {
  options_.recall_period = absl::Milliseconds(20);
  Open();
  MakeGraph("c", 0);
  EXPECT_EQ(engine().GetCollection("c")->measured_recall, std::nullopt);
  Ask("c", 5);
  WaitFor("c", [](const CollectionInfo& info) { return info.measured_recall.has_value(); });
  EXPECT_EQ(engine().GetCollection("c")->spec.params.ef_search, 10u) << "without a target it stays";
}

TEST_F(RecallTest, RefusesWhatMakesNoSense) {
  Open();
  MakeVectors("c", 2);
  EXPECT_TRUE(IsInvalidAt(engine().MeasureRecall({"c", 1001}).status(), "sample", "1001"));
  EXPECT_TRUE(absl::IsNotFound(engine().MeasureRecall({"absent", 1}).status()));
  CollectionParams params;
  params.target_recall = 1.5;
  EXPECT_TRUE(
      IsInvalidAt(engine().UpdateCollection("c", params).status(), "collection.target_recall", "1.5"));
  CollectionSpec spec;
  spec.id = "d";
  spec.dimensions = 2;
  spec.target_recall = -1;
  EXPECT_TRUE(IsInvalidAt(engine().CreateCollection(spec).status(), "collection.target_recall", "-1"));
}

}  // namespace
}  // namespace voisin::service
