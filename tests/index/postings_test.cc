#include "index/postings.h"

#include <gtest/gtest.h>

#include <random>

#include "index/sparse_list.h"

namespace voisin::index {
namespace {

TEST(BitPackingTest, EveryWidthComesBack) {
  std::mt19937 random(7);
  for (uint32_t bits = 0; bits <= kMostBits; ++bits) {
    const uint32_t mask = bits == 0 ? 0 : ~uint32_t{0} >> (32 - bits);
    uint32_t numbers[kPackedNumbers], unpacked[kPackedNumbers];
    for (uint32_t& number : numbers) number = static_cast<uint32_t>(random()) & mask;
    numbers[77] = mask;
    ASSERT_EQ(BitsOf(numbers), bits);
    std::vector<uint32_t> words{42};  // what is there stays
    PackBits(numbers, bits, words);
    ASSERT_EQ(words.size(), 1 + 4 * bits);
    ASSERT_EQ(words[0], 42u);
    UnpackBits(words.data() + 1, bits, unpacked);
    for (size_t i = 0; i < kPackedNumbers; ++i) ASSERT_EQ(unpacked[i], numbers[i]) << bits << " bits, " << i;
  }
}

TEST(BitPackingTest, SumsUndoDifferences) {
  std::mt19937 random(8);
  uint32_t numbers[kPackedNumbers], changed[kPackedNumbers];
  uint32_t last = 1000;
  for (size_t i = 0; i < kPackedNumbers; ++i)
    numbers[i] = changed[i] = last += static_cast<uint32_t>(random() % 9 + 1);
  Differences(1000, changed);
  EXPECT_LT(BitsOf(changed), 7u);
  Sums(1000, changed);
  for (size_t i = 0; i < kPackedNumbers; ++i) ASSERT_EQ(changed[i], numbers[i]);
}

TEST(SparseListTest, ExtremesComeBack) {
  std::string bytes;
  SparseWriter writer(5, bytes);
  const std::pair<uint32_t, uint32_t> entries[] = {{5, 1}, {6, UINT32_MAX}, {1000, 2}, {UINT32_MAX - 1, 3}};
  for (const auto& [number, count] : entries) writer.Append(number, count);
  SparseReader reader(5, bytes);
  uint32_t found_number, found_count;
  for (const auto& [number, count] : entries) {
    ASSERT_TRUE(reader.Next(found_number, found_count));
    EXPECT_EQ(found_number, number);
    EXPECT_EQ(found_count, count);
  }
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_FALSE(reader.Next(found_number, found_count));
}

TEST(SparseListTest, BytesThatAreNoListEnd) {
  uint32_t number, count;
  for (const std::string& bytes :
       {std::string("\x80"), std::string("\x01"), std::string("\xff\xff\xff\xff\xff\xff\x01"),
        std::string("\xff\xff\xff\xff\x7f"), std::string("\x01\xff\xff\xff\xff\x7f")}) {
    SparseReader reader(0, bytes);
    EXPECT_FALSE(reader.Next(number, count));
  }
}

class PostingsTest : public ::testing::Test {
 protected:
  // A list of every size around whole blocks.
  PostingsTest() {
    std::mt19937 random(9);
    for (uint32_t slot = 0; slot < 2000; ++slot)
      lengths_.push_back(static_cast<uint32_t>(random() % 500 + 1));
    for (uint32_t size : {1u, 127u, 128u, 129u, 256u, 300u, 2000u}) {
      std::vector<std::pair<uint32_t, uint32_t>>& list = lists_.emplace_back();
      for (uint32_t slot = 0; slot < 2000; ++slot) {
        const bool wanted = random() % (2000 - slot) < size - list.size();
        if (!wanted) continue;
        const auto count = static_cast<uint32_t>(random() % 3 == 0 ? random() % 70 + 1 : 1);
        list.emplace_back(slot, count);
        writer_.Append(slot, count, lengths_[slot]);
      }
      writer_.EndList();
    }
  }

  std::vector<uint32_t> lengths_;
  std::vector<std::vector<std::pair<uint32_t, uint32_t>>> lists_;  // slots and counts
  PostingsWriter writer_;
};

TEST_F(PostingsTest, ListsComeBack) {
  const PostingsView view = writer_.view();
  ASSERT_TRUE(CheckPostings(view, lengths_).ok()) << CheckPostings(view, lengths_);
  for (size_t i = 0; i < lists_.size(); ++i) {
    std::vector<std::pair<uint32_t, uint32_t>> found;
    ForEachBlock(view, view.lists[i], [&](const DecodedBlock& block) {
      for (uint32_t j = 0; j < block.size; ++j) found.emplace_back(block.slots[j], block.counts[j]);
    });
    EXPECT_EQ(found, lists_[i]);
  }
}

TEST_F(PostingsTest, ImpactsAreTheLeastThatBound) {
  const PostingsView view = writer_.view();
  for (const PostingBlock& block : view.blocks) {
    const auto impacts = view.impacts.subspan(block.first_impact, block.impacts);
    for (size_t i = 1; i < impacts.size(); ++i) {
      EXPECT_LT(impacts[i].count, impacts[i - 1].count);
      EXPECT_LT(impacts[i].length, impacts[i - 1].length);
    }
  }
}

TEST_F(PostingsTest, WrongPartsAreRefused) {
  const PostingsView good = writer_.view();
  std::vector<PostingBlock> blocks(good.blocks.begin(), good.blocks.end());
  std::vector<PostingList> lists(good.lists.begin(), good.lists.end());
  std::vector<Impact> impacts(good.impacts.begin(), good.impacts.end());
  PostingsView view = good;
  view.blocks = blocks;
  view.lists = lists;
  view.impacts = impacts;
  ASSERT_TRUE(CheckPostings(view, lengths_).ok());
  const auto refused = [&](auto& field, auto value) {
    const auto before = std::exchange(field, value);
    EXPECT_EQ(CheckPostings(view, lengths_).code(), absl::StatusCode::kDataLoss);
    field = before;
  };
  refused(blocks[1].last_slot, 3u);
  refused(blocks[1].packed, 1u << 30);
  refused(blocks[1].slot_bits, uint8_t{33});
  refused(blocks[1].count_bits, uint8_t{200});
  refused(blocks[1].first_impact, UINT32_MAX);
  refused(blocks[1].impacts, uint16_t{0});
  refused(impacts[0].count, 1u);
  refused(impacts[0].length, 600u);
  refused(lists[2].points, 0u);
  refused(lists[2].points, 127u);
  refused(lists[6].first_block, 8u);
  refused(lists[1].tail, uint64_t{1} << 60);
  view.tails = view.tails.substr(0, view.tails.size() - 1);
  EXPECT_EQ(CheckPostings(view, lengths_).code(), absl::StatusCode::kDataLoss);
  view.tails = good.tails;
  EXPECT_EQ(CheckPostings(view, std::span(lengths_).first(1999)).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace voisin::index
