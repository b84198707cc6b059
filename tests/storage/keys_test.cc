#include "storage/keys.h"

#include <gtest/gtest.h>

#include <vector>

namespace voisin::storage {
namespace {

TEST(Keys, OrderOfBytesIsOrderOfNumbers) {
  const std::vector<uint64_t> ascending = {0, 1, 255, 256, 65'536, uint64_t{1} << 40, ~uint64_t{0}};
  for (size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(PointKey(1, ascending[i - 1]), PointKey(1, ascending[i]));
  }
  EXPECT_LT(PointKey(1, ~uint64_t{0}), PointKey(2, 0));
  EXPECT_LT(ExpiryKey(1, -5, 9), ExpiryKey(1, 0, 1));
  EXPECT_LT(ExpiryKey(1, 5, 9), ExpiryKey(1, 6, 1));
}

TEST(Keys, PartsComeBack) {
  EXPECT_EQ(PointOfKey(PointKey(7, 12'345)), 12'345u);
  EXPECT_EQ(PointOfKey(ExpiryKey(7, -1, 12'345)), 12'345u);
  EXPECT_EQ(NameOfKey(NameKey(7, "id")), "id");
  EXPECT_EQ(CollectionOfKey(CollectionKey(7), 'c'), 7u);
  EXPECT_EQ(CollectionOfKey(StateKey(7), 's'), 7u);
  EXPECT_EQ(DecodeNumber(EncodeNumber(~CollectionNumber{0})), ~CollectionNumber{0});
}

TEST(Keys, ForeignKeysAreToldApart) {
  EXPECT_FALSE(PointOfKey("short"));
  EXPECT_FALSE(CollectionOfKey(StateKey(7), 'c'));
  EXPECT_FALSE(CollectionOfKey("c123456", 'c'));
  EXPECT_FALSE(CollectionOfKey("", 'c'));
  EXPECT_EQ(NameOfKey("abc"), "");
}

TEST(Keys, TablesHaveDistinctNames) {
  for (int i = 0; i < kTableCount; ++i) {
    EXPECT_FALSE(TableName(static_cast<Table>(i)).empty());
    for (int j = 0; j < i; ++j) EXPECT_NE(TableName(static_cast<Table>(i)), TableName(static_cast<Table>(j)));
  }
}

}  // namespace
}  // namespace voisin::storage
