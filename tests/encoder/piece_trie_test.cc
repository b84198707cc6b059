#include "encoder/piece_trie.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace voisin::encoder {
namespace {

int32_t Find(const PieceTrie& trie, std::string_view key) {
  uint32_t node = PieceTrie::kRoot;
  for (char c : key) {
    node = trie.Next(node, static_cast<unsigned char>(c));
    if (node == PieceTrie::kNone) return -1;
  }
  return trie.id(node);
}

std::string RandomKey(std::mt19937& random) {
  std::string key;
  const size_t length = 1 + random() % 6;
  const uint32_t alphabet = random() % 2 == 0 ? 3 : 256;
  while (key.size() < length) key += static_cast<char>(random() % alphabet);
  return key;
}

TEST(PieceTrieTest, EmptyTrieFindsNothing) {
  const PieceTrie trie = PieceTrie::Build({});
  for (int byte = 0; byte < 256; ++byte) EXPECT_EQ(Find(trie, std::string(1, static_cast<char>(byte))), -1);
}

TEST(PieceTrieTest, LastOfEqualKeysStays) {
  const PieceTrie trie = PieceTrie::Build({{"ab", 1}, {"ab", 7}, {"ab", 3}, {"", 9}});
  EXPECT_EQ(Find(trie, "ab"), 7);
  EXPECT_EQ(Find(trie, "a"), -1);
  EXPECT_EQ(Find(trie, ""), -1);
}

TEST(PieceTrieTest, AgreesWithAMap) {
  std::mt19937 random(7);
  std::map<std::string, int32_t> expected;
  std::vector<PieceTrie::Key> keys;
  for (int32_t id = 0; id < 20'000; ++id) {
    keys.push_back({RandomKey(random), id});
    expected[keys.back().bytes] = id;
  }
  const PieceTrie trie = PieceTrie::Build(keys);
  for (const auto& [key, id] : expected) ASSERT_EQ(Find(trie, key), id);
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = RandomKey(random);
    const auto found = expected.find(key);
    ASSERT_EQ(Find(trie, key), found == expected.end() ? -1 : found->second);
  }
}

}  // namespace
}  // namespace voisin::encoder
