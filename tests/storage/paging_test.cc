#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Numbered(int number) {
  std::string digits = std::to_string(number);
  return "d" + std::string(4 - digits.size(), '0') + digits;
}

class Paging : public testing::Test {
 protected:
  void AddDocuments(int count) {
    std::vector<Document> documents;
    for (int i = 0; i < count; ++i) documents.push_back(MakeDocument(Numbered(i), i));
    ASSERT_TRUE(fixture_.Upsert(std::move(documents)).ok());
  }

  ListPage Page(const Filter& filter, std::string_view after, size_t limit) {
    auto page = fixture_.store().List(fixture_.collection(), filter, after, limit, {});
    EXPECT_TRUE(page.ok()) << page.status();
    return *std::move(page);
  }

  // All ids, page by page; `between` runs after each.
  template <class Between>
  std::vector<std::string> Walk(const Filter& filter, size_t limit, const Between& between) {
    std::vector<std::string> ids;
    std::string after;
    do {
      const ListPage page = Page(filter, after, limit);
      EXPECT_LE(page.documents.size(), limit);
      for (const StoredDocument& stored : page.documents) ids.push_back(stored.document.id);
      after = page.next_after;
      between();
    } while (!after.empty());
    return ids;
  }

  StoreFixture fixture_;
};

TEST_F(Paging, BringsEveryDocumentOnceInOrder) {
  AddDocuments(500);
  for (size_t limit : {1u, 7u, 63u, 64u, 65u, 499u, 500u, 501u, 5'000u}) {
    const auto ids = Walk(Filter(), limit, [] {});
    ASSERT_EQ(ids.size(), 500u) << limit;
    for (int i = 0; i < 500; ++i) ASSERT_EQ(ids[static_cast<size_t>(i)], Numbered(i));
  }
}

TEST_F(Paging, FiltersAcrossPages) {
  AddDocuments(3'000);
  const auto filter = Filter::Parse("version = 5 OR version = 1500 OR version >= 2990");
  ASSERT_TRUE(filter.ok());
  for (size_t limit : {1u, 2u, 12u, 100u}) EXPECT_EQ(Walk(*filter, limit, [] {}).size(), 12u) << limit;
}

TEST_F(Paging, EndsWithoutAnEmptyPage) {
  AddDocuments(10);
  EXPECT_EQ(Page(Filter(), "", 10).next_after, "");
  EXPECT_EQ(Page(Filter(), "", 9).next_after, Numbered(8));
  EXPECT_THAT(Page(Filter(), "e", 10).documents, IsEmpty());
  EXPECT_THAT(Page(Filter(), "", 0).documents, IsEmpty());
}

TEST_F(Paging, StaysStableUnderWrites) {
  AddDocuments(100);
  int written = 0;
  const auto ids = Walk(Filter(), 10, [&] {
    // Behind the cursor, ahead of it, and what lives already: none may appear twice or push another out.
    ASSERT_TRUE(
        fixture_.Upsert({MakeDocument("a" + std::to_string(written)), MakeDocument(Numbered(99), 1)}).ok());
    ASSERT_TRUE(fixture_.Delete({{Numbered(written), {}}}).ok());
    ++written;
  });
  ASSERT_EQ(ids.size(), 100u);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(ids[static_cast<size_t>(i)], Numbered(i));
}

TEST_F(Paging, IdsAreBytesOfAnyKind) {
  const std::string zero("a\0", 2), zeros("a\0\0", 3), high("\xff\xff"), longest(512, '\xff');
  ASSERT_TRUE(fixture_
                  .Upsert({MakeDocument("a"), MakeDocument(zero), MakeDocument(zeros), MakeDocument(high),
                           MakeDocument(longest)})
                  .ok());
  EXPECT_THAT(Walk(Filter(), 1, [] {}), ElementsAre("a", zero, zeros, high, longest));
  EXPECT_TRUE(fixture_.store().Get(fixture_.collection(), zero, {})->has_value());
}

}  // namespace
}  // namespace voisin::storage
