#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

TEST(Log, GroupSeesItsOwnEarlierEntries) {
  StoreFixture fixture;
  // All are small and wait while the first one is answered, so they form one group.
  std::promise<void> release;
  std::vector<std::promise<absl::StatusOr<Applied>>> answers(6);
  const auto append = [&](size_t i, Entry entry) {
    entry.collection = fixture.collection();
    ASSERT_TRUE(fixture.store()
                    .Append(std::move(entry),
                            [&, i](Entry, absl::StatusOr<Applied> applied) {
                              answers[i].set_value(std::move(applied));
                              if (i == 0) release.get_future().wait();
                            })
                    .ok());
  };
  append(0, {});
  append(1, {.collection = 0, .request_id = "r", .upserts = {MakeDocument("a", 1, 10)}, .deletions = {}});
  append(2, {.collection = 0, .request_id = "r", .upserts = {MakeDocument("a", 2)}, .deletions = {}});
  append(3, {.collection = 0, .request_id = "", .upserts = {MakeDocument("a", 3)}, .deletions = {}});
  append(4, {.collection = 0,
             .request_id = "",
             .upserts = {MakeDocument("b"), MakeDocument("b")},
             .deletions = {}});
  append(5, {.collection = 0,
             .request_id = "",
             .upserts = {},
             .deletions = {{"a", PointId{2}}, {"a", PointId{3}}}});
  release.set_value();

  EXPECT_EQ(answers[0].get_future().get()->lsn, 1u);
  EXPECT_EQ(answers[1].get_future().get()->lsn, 2u);
  const auto replayed = answers[2].get_future().get();
  EXPECT_TRUE(replayed->replayed);
  EXPECT_EQ(replayed->lsn, 2u);
  const auto replaced = answers[3].get_future().get();
  EXPECT_EQ(replaced->lsn, 3u);
  EXPECT_EQ(replaced->removed, std::vector<PointId>{2});
  EXPECT_FALSE(answers[4].get_future().get().ok()) << "fails alone";
  const auto deleted = answers[5].get_future().get();
  EXPECT_EQ(deleted->lsn, 4u);
  EXPECT_EQ(deleted->removed, std::vector<PointId>{3});
  EXPECT_TRUE(fixture.Contents().empty());
  EXPECT_TRUE(fixture.store().FindExpired(10, 10)->empty());
  EXPECT_EQ(*fixture.store().Count(fixture.collection()), 0u);
  fixture.Close();
}

TEST(Log, LargeEntriesAreWrittenWhileOthersAreAnswered) {
  StoreFixture fixture;
  std::promise<void> release;
  std::vector<Lsn> answered;  // of the answering thread until Close
  for (int i = 0; i < 3; ++i) {
    const auto done = [&, i](Entry, absl::StatusOr<Applied> applied) {
      answered.push_back(applied->lsn);
      if (i == 0) release.get_future().wait();
    };
    Entry entry;
    entry.collection = fixture.collection();
    entry.upserts = {MakeDocument(std::to_string(i))};
    entry.upserts[0].text.resize(100'000, 'x');
    ASSERT_TRUE(fixture.store().Append(std::move(entry), done).ok());
  }
  const auto last = [&] { return *fixture.store().LastLsn(fixture.collection()); };
  for (int i = 0; i < 10'000 && last() < 3; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(last(), 3u) << "durable, though the first holds the answers";
  release.set_value();
  fixture.Close();
  EXPECT_EQ(answered, (std::vector<Lsn>{1, 2, 3}));
}

TEST(Log, RefusesWhatExceedsTheQueue) {
  test::ScratchDir scratch;
  DocumentStore::Options options;
  options.directory = scratch.path();
  options.max_queued_bytes = 1'000;
  auto store = *DocumentStore::Open(options);
  const CollectionNumber collection =
      store->CreateCollection({.number = 0, .id = "c", .definition = "", .create_time_us = 0})->number;
  Entry big;
  big.collection = collection;
  big.upserts = {MakeDocument("a")};
  big.upserts[0].vector.resize(1'000);
  std::promise<void> started, release;
  ASSERT_TRUE(store
                  ->Append(big,
                           [&](Entry, absl::StatusOr<Applied> applied) {
                             EXPECT_TRUE(applied.ok()) << "one entry alone may be larger than the queue";
                             started.set_value();
                             release.get_future().wait();
                           })
                  .ok());
  started.get_future().wait();
  const auto never = [](Entry, absl::StatusOr<Applied>) { FAIL(); };
  EXPECT_EQ(store->Append(big, never).code(), absl::StatusCode::kResourceExhausted);
  release.set_value();
  store.reset();
}

TEST(Log, ClosingCompletesWhatIsQueued) {
  StoreFixture fixture;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 200; ++i) {
    Entry entry{.collection = fixture.collection(),
                .request_id = "",
                .upserts = {MakeDocument(std::to_string(i))},
                .deletions = {}};
    ASSERT_TRUE(fixture.store()
                    .Append(std::move(entry),
                            [&](Entry, absl::StatusOr<Applied> applied) { answered += applied.ok(); })
                    .ok());
  }
  fixture.Close();
  EXPECT_EQ(answered, 200);
  fixture.Reopen();
  EXPECT_EQ(fixture.Contents().size(), 200u);
}

TEST(Log, EntriesOfADeletedCollectionFailWithNotFound) {
  StoreFixture fixture;
  ASSERT_TRUE(fixture.store().DeleteCollection(fixture.collection()).ok());
  EXPECT_EQ(fixture.Upsert({MakeDocument("a")}).status().code(), absl::StatusCode::kNotFound);
}

// Sixteen threads write, each its own ids and one that all share; readers run beside them.
TEST(Log, ManyThreadsWriteAndRead) {
  StoreFixture fixture;
  constexpr int kThreads = 16, kEntries = 20;
  std::atomic<bool> stop = false;
  std::vector<std::vector<Lsn>> lsns(kThreads);
  std::vector<std::thread> writers, readers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < kEntries; ++i) {
        const std::string own = "t" + std::to_string(t) + "-" + std::to_string(i);
        const auto applied = fixture.Upsert({MakeDocument(own, i), MakeDocument("shared", t)});
        ASSERT_TRUE(applied.ok()) << applied.status();
        lsns[static_cast<size_t>(t)].push_back(applied->lsn);
        EXPECT_GE(*fixture.store().LastLsn(fixture.collection()), applied->lsn);
      }
    });
  }
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto shared = fixture.store().Get(fixture.collection(), "shared", kAllParts);
        ASSERT_TRUE(shared.ok()) << shared.status();
        if (!*shared) continue;
        const Document& document = (*shared)->document;
        EXPECT_EQ(document.metadata.at("version"), Value{double{document.vector[1]}})
            << "parts of one version";
        ASSERT_TRUE(fixture.store().Match(fixture.collection(), Filter(), 0).ok());
      }
    });
  }
  for (std::thread& thread : writers) thread.join();
  stop = true;
  for (std::thread& thread : readers) thread.join();

  std::set<Lsn> distinct;
  for (const auto& of_thread : lsns) {
    EXPECT_TRUE(std::ranges::is_sorted(of_thread));
    distinct.insert(of_thread.begin(), of_thread.end());
  }
  EXPECT_EQ(distinct.size(), size_t{kThreads} * kEntries);
  EXPECT_EQ(*distinct.rbegin(), Lsn{2} * kThreads * kEntries);
  EXPECT_EQ(fixture.Contents().size(), size_t{kThreads} * kEntries + 1);
  EXPECT_EQ(*fixture.store().Count(fixture.collection()), size_t{kThreads} * kEntries + 1);
}

TEST(Log, CollectionsComeAndGoWhileOthersWrite) {
  StoreFixture fixture;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) ASSERT_TRUE(fixture.Upsert({MakeDocument("a", i)}).ok());
  });
  for (int i = 0; i < 20; ++i) {
    const auto created =
        fixture.store().CreateCollection({.number = 0, .id = "x", .definition = "", .create_time_us = 0});
    ASSERT_TRUE(created.ok()) << created.status();
    Entry entry{
        .collection = created->number, .request_id = "", .upserts = {MakeDocument("a")}, .deletions = {}};
    const auto done = std::make_shared<std::promise<void>>();
    ASSERT_TRUE(
        fixture.store()
            .Append(std::move(entry),
                    [done](Entry, absl::StatusOr<Applied> applied) {
                      EXPECT_TRUE(applied.ok() || applied.status().code() == absl::StatusCode::kNotFound)
                          << applied.status();
                      done->set_value();
                    })
            .ok());
    ASSERT_TRUE(fixture.store().DeleteCollection(created->number).ok());
    done->get_future().wait();
  }
  stop = true;
  writer.join();
  EXPECT_EQ(fixture.Contents().size(), 1u);
}

}  // namespace
}  // namespace voisin::storage
