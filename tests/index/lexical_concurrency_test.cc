#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/thread_pool.h"
#include "tests/index/lexical_reference.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

// Every point has a term of its own (its id), one of all points (0) and some others.
test::Terms TermsOf(PointId id) { return {{id, 2}, {0, 1}, {10'000 + id % 7, 1}, {20'000 + id % 50, 3}}; }

// One writer, searches on other threads, merges and saves in the background; every answer must be consistent.
TEST(LexicalConcurrencyTest, SearchesWhileWritingMergingAndSaving) {
  constexpr PointId kPoints = 4000;
  voisin::test::ScratchDir scratch;
  ThreadPool pool({.threads = 1, .nice = kBackgroundNice});
  LexicalIndex::Options options;
  options.directory = scratch.path();
  options.seal_points = 150;
  auto opened = LexicalIndex::Open(options, &pool);
  ASSERT_TRUE(opened.ok()) << opened.status();
  LexicalIndex& index = *opened->index;
  std::atomic<PointId> added{0};    // every point up to this one was added
  std::atomic<PointId> removed{0};  // every third point up to this one was removed

  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] {
      std::mt19937_64 random(static_cast<uint64_t>(i));
      while (added.load() < kPoints) {
        const PointId gone = removed.load(), there = added.load();
        if (there == 0) continue;
        const PointId id = random() % there + 1;
        const std::vector<QueryTerm> terms{{id, 1}, {0, 1}, {10'000 + id % 7, 1}};
        const auto result = index.Search({terms, 5});
        ASSERT_TRUE(result.ok());
        for (const Neighbor& neighbor : result->neighbors) {
          ASSERT_FALSE(neighbor.id % 3 == 0 && neighbor.id <= gone) << "a removed point was found";
        }
        if (id % 3 != 0) {
          ASSERT_FALSE(result->neighbors.empty());
          ASSERT_EQ(result->neighbors[0].id, id) << "an added point was not found";
          ASSERT_GT(index.Score(terms, std::vector<PointId>{id}).value()[0], 0);
        }
        ASSERT_LE(index.Stats().points, kPoints);
      }
    });
  }
  for (PointId id = 1; id <= kPoints; ++id) {
    ASSERT_TRUE(index.Add(id, TermsOf(id)).ok());
    index.SetAppliedLsn(id);
    added = id;
    if (id > 50 && (id - 50) % 3 == 0) {
      ASSERT_TRUE(index.Remove(id - 50));
      removed = id - 50;
    }
    if (id % 700 == 0) {
      ASSERT_TRUE(index.Save(id).ok());
      index.SetParams({.k1 = 1.5f, .b = 0.5f});
    }
  }
  for (std::thread& reader : readers) reader.join();
  index.WaitUntilIndexed();
  EXPECT_EQ(index.Stats().points, kPoints - removed / 3);
}

TEST(LexicalConcurrencyTest, CompactionEndsUnderASteadyStreamOfWrites) {
  voisin::test::ScratchDir scratch;
  ThreadPool pool({.threads = 1, .nice = kBackgroundNice});
  LexicalIndex::Options options;
  options.directory = scratch.path();
  options.seal_points = 50;
  auto opened = LexicalIndex::Open(options, &pool);
  ASSERT_TRUE(opened.ok()) << opened.status();
  LexicalIndex& index = *opened->index;
  std::atomic<bool> compacted{false};
  PointId last = 0;
  std::thread writer([&] {
    while (!compacted.load()) {
      ++last;
      ASSERT_TRUE(index.Add(last, test::Terms{{100 + last, 2}, {last % 100, 1}}).ok());
      if (last > 20) {
        ASSERT_TRUE(index.Remove(last - 20));
      }
    }
  });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(index.Compact().ok());
  compacted = true;
  writer.join();
  EXPECT_TRUE(index.Compact().ok());
  EXPECT_EQ(index.Stats().dead, 0u);
  EXPECT_EQ(index.Stats().points, std::min<PointId>(last, 20));
}

TEST(LexicalConcurrencyTest, DestructionStopsAMerge) {
  ThreadPool pool({.threads = 1, .nice = kBackgroundNice});
  for (int round = 0; round < 3; ++round) {
    auto opened = LexicalIndex::Open({.params = {}, .seal_points = 100}, &pool);
    ASSERT_TRUE(opened.ok()) << opened.status();
    for (PointId id = 1; id <= 4000; ++id) ASSERT_TRUE(opened->index->Add(id, TermsOf(id)).ok());
  }
}

}  // namespace
}  // namespace voisin::index
