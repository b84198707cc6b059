#include "encoder/s3_fifo.h"

#include <gmock/gmock.h>

#include <random>

namespace voisin::encoder {
namespace {

constexpr size_t kFloats = 64;
constexpr size_t kRoom = size_t{100} * 700;  // a hundred entries or somewhat less

EncodedText TextOf(int number) {
  return {std::vector<float>(kFloats, static_cast<float>(number)), static_cast<uint32_t>(number), false};
}

std::string Key(int number) { return "text " + std::to_string(number); }

TEST(S3Fifo, FindsWhatWasInserted) {
  S3Fifo cache(kRoom);
  EXPECT_EQ(cache.Find("a"), nullptr);
  cache.Insert("a", TextOf(1));
  cache.Insert("a", TextOf(2));
  ASSERT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("a")->values, TextOf(1).values);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(S3Fifo, StaysBelowItsBytes) {
  std::mt19937 random(7);
  S3Fifo cache(kRoom);
  for (int i = 0; i < 5000; ++i) {
    const int number = static_cast<int>(random() % 300);
    if (cache.Find(Key(number)) == nullptr) cache.Insert(Key(number), TextOf(number));
    ASSERT_LE(cache.bytes(), kRoom);
  }
  EXPECT_GT(cache.size(), 50u);
  EXPECT_GT(cache.bytes(), cache.size() * kFloats * sizeof(float));
}

TEST(S3Fifo, WhatIsLargerThanAllIsNotKept) {
  S3Fifo cache(kRoom);
  cache.Insert(std::string(kRoom, 'x'), TextOf(1));
  EXPECT_EQ(cache.size(), 0u);
  cache.Insert("a", TextOf(1));
  EXPECT_NE(cache.Find("a"), nullptr);
}

TEST(S3Fifo, AScanDoesNotDisplaceWhatIsUsed) {
  S3Fifo cache(kRoom);
  for (int i = 0; i < 20; ++i) cache.Insert(Key(i), TextOf(i));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) EXPECT_NE(cache.Find(Key(i)), nullptr);
  }
  for (int i = 1000; i < 3000; ++i) cache.Insert(Key(i), TextOf(i));
  for (int i = 0; i < 20; ++i) EXPECT_NE(cache.Find(Key(i)), nullptr) << i;
}

TEST(S3Fifo, WhatComesBackSoonAfterItWasDroppedStays) {
  S3Fifo cache(kRoom);
  int next = 0;
  while (cache.size() == static_cast<size_t>(next)) {
    cache.Insert(Key(next), TextOf(next));
    ++next;
  }
  ASSERT_EQ(cache.Find(Key(0)), nullptr);  // the first was dropped
  cache.Insert(Key(0), TextOf(0));
  for (int i = 0; i < 60; ++i) cache.Insert(Key(1000 + i), TextOf(i));
  EXPECT_NE(cache.Find(Key(0)), nullptr);
}

}  // namespace
}  // namespace voisin::encoder
