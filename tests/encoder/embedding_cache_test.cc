#include "encoder/embedding_cache.h"

#include <gmock/gmock.h>

#include <thread>

namespace voisin::encoder {
namespace {

EncodedText TextOf(size_t number) { return {std::vector<float>(256, static_cast<float>(number)), 3, false}; }

TEST(EmbeddingCache, HoldsItsBytesOverAllShards) {
  EmbeddingCache cache(4 << 20);
  for (size_t i = 0; i < 10000; ++i) cache.Insert("text " + std::to_string(i), TextOf(i));
  EXPECT_LE(cache.bytes(), size_t{4} << 20);
  EXPECT_GT(cache.bytes(), size_t{3} << 20);
  EXPECT_GT(cache.size(), 2000u);
}

TEST(EmbeddingCache, ACacheOfOneByteKeepsNothing) {
  EmbeddingCache cache(1);
  cache.Insert("a", TextOf(1));
  EXPECT_FALSE(cache.Find("a").has_value());
  EXPECT_EQ(cache.size(), 0u);
}

TEST(EmbeddingCache, ManyThreadsGetWhatBelongsToTheKey) {
  EmbeddingCache cache(2 << 20);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (size_t i = 0; i < 4000; ++i) {
        const size_t number = (i * (t + 1)) % 3000;
        const std::string key = "text " + std::to_string(number);
        const std::optional<EncodedText> found = cache.Find(key);
        if (found.has_value()) {
          ASSERT_EQ(found->values, TextOf(number).values);
        }
        if (!found.has_value()) cache.Insert(key, TextOf(number));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.bytes(), size_t{2} << 20);
}

}  // namespace
}  // namespace voisin::encoder
