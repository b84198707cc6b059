#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/thread_pool.h"
#include "index/shared_cell.h"
#include "tests/index/index_test_data.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

TEST(SharedCellTest, ReadersSeeWholeValuesInOrder) {
  SharedCell<const std::vector<int>> cell(std::make_shared<const std::vector<int>>(64, 0));
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int last = 0; !done;) {
        const auto value = cell.Load();
        EXPECT_GE(value->front(), last);
        last = value->front();
        for (int x : *value) ASSERT_EQ(x, last);
      }
    });
  }
  for (int i = 1; i <= 2000; ++i) cell.Store(std::make_shared<const std::vector<int>>(64, i));
  done = true;
  for (std::thread& reader : readers) reader.join();
}

// Every `step`-th point up to `last`, `wanted` among them.
PointSet OneOf(PointId step, PointId wanted, PointId last) {
  std::vector<PointId> ids;
  for (PointId id = wanted % step; id <= last; id += step) ids.push_back(id);
  return PointSet(ids);
}

// One search near a point of those that are there, and what must hold of its answer.
void SearchNearOne(const VectorIndex& index, const std::vector<std::vector<float>>& vectors, PointId gone,
                   PointId there, std::mt19937_64& random) {
  const PointId id = random() % there + 1;
  Query query;
  query.vector = vectors[id];
  query.top_k = 5;
  query.exact = random() % 4 == 0;
  const PointSet filter = OneOf(random() % 5 + 1, id, there);
  if (random() % 2 == 0) query.filter = &filter;
  const auto result = index.Search(query);
  ASSERT_TRUE(result.ok());
  for (const Neighbor& neighbor : result->neighbors) {
    ASSERT_FALSE(neighbor.id % 3 == 0 && neighbor.id <= gone) << "a removed point was found";
    ASSERT_TRUE(query.filter == nullptr || filter.Contains(neighbor.id));
  }
  if (query.exact && id % 3 != 0) {
    ASSERT_FALSE(result->neighbors.empty());
    ASSERT_EQ(result->neighbors[0].id, id) << "an added point was not found";
  }
}

// One writer, searches on other threads, builds and saves in the background; every answer must be consistent.
TEST(ConcurrencyTest, SearchesWhileWritingBuildingAndSaving) {
  constexpr uint32_t kDimensions = 16;
  constexpr PointId kPoints = 3000;
  voisin::test::ScratchDir scratch;
  ThreadPool pool({.threads = 1, .nice = kBackgroundNice});
  VectorIndex::Options options;
  options.dimensions = kDimensions;
  options.metric = Metric::l2;
  options.params = {.m = 8, .ef_construction = 40, .ef_search = 40};
  options.directory = scratch.path();
  options.seal_points = 150;
  auto opened = VectorIndex::Open(options, &pool);
  ASSERT_TRUE(opened.ok()) << opened.status();
  VectorIndex& index = *opened->index;

  test::ClusteredData data(21, kDimensions);
  std::vector<std::vector<float>> vectors(kPoints + 1);
  for (auto& vector : vectors) vector = data.Next();
  std::atomic<PointId> added{0};    // every point up to this one was added
  std::atomic<PointId> removed{0};  // every third point up to this one was removed

  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] {
      std::mt19937_64 random(static_cast<uint64_t>(i));
      while (added.load() < kPoints) {
        const PointId gone = removed.load(), there = added.load();
        if (there == 0) continue;
        ASSERT_NO_FATAL_FAILURE(SearchNearOne(index, vectors, gone, there, random));
        ASSERT_LE(index.Stats().points, kPoints);
      }
    });
  }
  for (PointId id = 1; id <= kPoints; ++id) {
    ASSERT_TRUE(index.Add(id, vectors[id]).ok());
    index.SetAppliedLsn(id);
    added = id;
    if (id > 50 && (id - 50) % 3 == 0) {
      ASSERT_TRUE(index.Remove(id - 50));
      removed = id - 50;
    }
    if (id % 700 == 0) {
      ASSERT_TRUE(index.Save(id).ok());
    }
  }
  for (std::thread& reader : readers) reader.join();
  index.WaitUntilIndexed();
  EXPECT_EQ(index.Stats().points, kPoints - removed / 3);
}

TEST(ConcurrencyTest, DestructionStopsABuild) {
  ThreadPool pool({.threads = 1, .nice = kBackgroundNice});
  test::ClusteredData data(22, 32);
  for (int round = 0; round < 3; ++round) {
    VectorIndex::Options options;
    options.dimensions = 32;
    options.seal_points = 400;
    auto opened = VectorIndex::Open(options, &pool);
    ASSERT_TRUE(opened.ok()) << opened.status();
    for (PointId id = 1; id <= 4000; ++id) ASSERT_TRUE(opened->index->Add(id, data.Next()).ok());
  }
}

}  // namespace
}  // namespace voisin::index
