#include <atomic>
#include <thread>

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

class ConcurrencyTest : public EngineFixture {};

TEST_F(ConcurrencyTest, WritersReadersAndCollectionsTogether) {
  options_.seal_points = 64;
  WriteModel();
  Open();
  MakeVectors("points", 4);
  MakeTexts("texts");
  std::atomic<bool> stop = false;
  std::atomic<int> failures = 0;
  const auto expect = [&](const absl::Status& status) { failures += status.ok() ? 0 : 1; };
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 2; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < 120; ++i) {
        const std::string id = std::to_string(writer) + "/" + std::to_string(i % 80);
        const auto angle = static_cast<float>(i);
        expect(Put("points", {VectorDocument(id, {1, angle, float(writer), 2})}).status());
        if (i % 10 == 0) expect(engine().Delete({"points", {id}, "", ""}).status());
        if (i % 20 == 0) expect(Put("texts", {TextDocument(id, "text number " + id)}).status());
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      const auto result = engine().Search(VectorQuery("points", {1, 2, 3, 4}, 5));
      expect(result.status());
      expect(engine().List({"points", "", 10, "", {}}).status());
      expect(engine().Count("points").status());
    }
  });
  threads.emplace_back([&] {
    SearchRequest query;
    query.collection = "texts";
    query.text = "text number 3";
    while (!stop) expect(engine().Search(query).status());
  });
  threads.emplace_back([&] {
    for (int i = 0; i < 5; ++i) {
      MakeVectors("short-lived", 3);
      expect(Put("short-lived", {VectorDocument("a", {1, 2, 3})}).status());
      expect(engine().DeleteCollection("short-lived").status());
      expect(engine().ListCollections().status());
    }
  });
  threads[0].join();
  threads[1].join();
  threads[4].join();
  stop = true;
  threads[2].join();
  threads[3].join();
  EXPECT_EQ(failures, 0);
  const uint64_t count = engine().Count("points").value();
  Restart();
  EXPECT_EQ(engine().Count("points").value(), count);
}

TEST_F(ConcurrencyTest, EveryCallbackIsCalledOnceWhileItStops) {
  Open();
  MakeVectors("points", 2);
  std::vector<test::Answer<UpsertResult>> upserts(200);
  std::vector<test::Answer<SearchResult>> searches(200);
  std::thread caller([&] {
    for (size_t i = 0; i < upserts.size(); ++i) {
      engine().engine().Upsert({"points", {VectorDocument(std::to_string(i), {1, 2})}, "", {}}, {},
                               upserts[i].callback());
      engine().engine().Search(VectorQuery("points", {1, 2}), {}, searches[i].callback());
    }
  });
  EXPECT_TRUE(engine().engine().Drain().ok());
  caller.join();
  uint64_t written = 0;
  for (const auto& answer : upserts) {
    const auto result = answer.Wait();
    EXPECT_TRUE(result.ok() || absl::IsUnavailable(result.status())) << result.status();
    EXPECT_EQ(answer.calls(), 1);
    written += result.ok();
  }
  for (const auto& answer : searches) {
    (void)answer.Wait();
    EXPECT_EQ(answer.calls(), 1);
  }
  Restart();
  EXPECT_EQ(engine().Count("points").value(), written);
}

TEST_F(ConcurrencyTest, AFullQueueRefusesWithADelay) {
  options_.queued_requests = 1;
  options_.threads = 1;
  Open();
  MakeVectors("points", 2);
  ASSERT_TRUE(Put("points", {VectorDocument("a", {1, 2})}).ok());
  std::vector<test::Answer<SearchResult>> searches(500);
  for (const auto& search : searches) {
    engine().engine().Search(VectorQuery("points", {1, 2}), {}, search.callback());
  }
  int refused = 0;
  for (const auto& search : searches) {
    const auto result = search.Wait();
    if (result.ok()) continue;
    EXPECT_TRUE(absl::IsResourceExhausted(result.status())) << result.status();
    EXPECT_TRUE(RetryDelayOf(result.status()).has_value());
    ++refused;
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace voisin::service
