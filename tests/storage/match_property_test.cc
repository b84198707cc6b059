// Random filters over random documents in a store, which changes, is reopened and copied meanwhile, against
// Filter::Matches on every document.
#include <gtest/gtest.h>

#include <random>

#include "storage/posting_key.h"
#include "tests/storage/seed.h"
#include "tests/storage/store_fixture.h"

namespace voisin::storage {
namespace {

class MatchPropertyTest : public testing::Test {
 protected:
  MatchPropertyTest() {
    const std::string stem(kMaxStringBytes, 's');
    strings_ = {"red",
                "red, green blue",
                "green",
                "1",
                "",
                "re\x01",
                "2020-01-01T00:00:00Z",
                "2019-12-31T23:00:00Z",
                stem,
                stem + "a",
                stem + "a red",
                stem + "b",
                "true"};
    literals_ = {"1",
                 "-2.5",
                 "7",
                 "0",
                 "1e300",
                 "true",
                 "false",
                 "null",
                 "*",
                 "red",
                 "\"1\"",
                 "'green blue'",
                 "\"re*\"",
                 "\"*e*\"",
                 "\"*n\"",
                 "\"\"",
                 "2020-01-01T00:00:00Z",
                 "\"2020-01-01T01:00:00+02:00\""};
    for (const std::string& text : {stem, stem + "a", stem + "aa", stem + "a*", stem.substr(1)}) {
      literals_.push_back('"' + text + '"');
    }
    fields_ = {"a", "b", "c.x", "c.red", "c", "absent", std::string(kMaxPathBytes, 'x'), "c.y.z"};
  }

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  template <class T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

  Value RandomScalar() {
    switch (Below(5)) {
      case 0:
        return Value{};
      case 1:
        return Value{Below(2) == 0};
      case 2:
        return Value{Pick(std::vector<double>{1, -2.5, 7, 0, -0.0, 1e300, std::nan("")})};
      default:
        return Value{Pick(strings_)};
    }
  }

  Value RandomValue() {
    if (Below(4) != 0) return RandomScalar();
    List list;
    while (Below(3) != 0) list.push_back(Below(8) == 0 ? Value{List{RandomScalar()}} : RandomScalar());
    return Value{list};
  }

  Document RandomDocument() {
    Document document = MakeDocument("id" + std::to_string(Below(80)));
    document.metadata.clear();
    for (const char* name : {"a", "b", "c"}) {
      if (Below(4) != 0) document.metadata[name] = RandomValue();
    }
    if (Below(3) == 0) {
      document.metadata["c"] =
          Value{Object{{"x", RandomValue()}, {"y", Value{Object{{"z", RandomScalar()}}}}}};
      if (Below(2) == 0) std::get<Object>(document.metadata["c"].data)["red"] = RandomScalar();
    }
    if (Below(5) == 0) document.metadata[std::string(kMaxPathBytes, 'x')] = RandomValue();
    if (Below(6) == 0) document.expire_time_us = static_cast<int64_t>(1 + Below(100));
    return document;
  }

  std::string RandomComparison() {
    const std::string& literal = Pick(literals_);
    const bool unordered = literal == "null" || literal == "*";
    static const std::vector<std::string> comparators = {" = ", " != ", ":", " < ", " <= ", " > ", " >= "};
    return Pick(fields_) + comparators[Below(unordered ? 3 : comparators.size())] + literal;
  }

  std::string RandomFilter(int depth) {
    if (depth == 0 || Below(3) == 0) return RandomComparison();
    if (Below(4) == 0) return "NOT (" + RandomFilter(depth - 1) + ")";
    std::string text = "(" + RandomFilter(depth - 1) + ")";
    const std::string with = Below(2) == 0 ? " AND " : " OR ";
    for (size_t i = 0; i <= Below(2); ++i) text += with + "(" + RandomFilter(depth - 1) + ")";
    return text;
  }

  void Write() {
    Entry entry;
    entry.collection = fixture_.collection();
    std::map<std::string, Document> upserts;
    for (size_t i = Below(8); i > 0; --i) {
      Document document = RandomDocument();
      upserts[document.id] = std::move(document);
    }
    for (auto& [id, document] : upserts) entry.upserts.push_back(std::move(document));
    for (size_t i = Below(4); i > 0; --i) entry.deletions.push_back({"id" + std::to_string(Below(80)), {}});
    ASSERT_TRUE(fixture_.Append(std::move(entry)).ok());
  }

  void CheckOne(CollectionNumber collection, const std::map<std::string, StoredDocument>& contents,
                const std::string& text) {
    const auto filter = Filter::Parse(text);
    ASSERT_TRUE(filter.ok()) << text << filter.status();
    const int64_t now_us = Below(2) == 0 ? 0 : static_cast<int64_t>(Below(100));
    std::vector<PointId> expected;
    for (const auto& [id, stored] : contents) {
      const int64_t expire_us = stored.document.expire_time_us;
      const bool expired = now_us != 0 && expire_us != 0 && expire_us <= now_us;
      if (!expired && filter->Matches(stored.document.metadata)) expected.push_back(stored.point);
    }
    std::ranges::sort(expected);
    const auto match = fixture_.store().Match(collection, *filter, now_us);
    if (absl::IsInvalidArgument(match.status())) {
      ++refused_;
      return;
    }
    ASSERT_TRUE(match.ok()) << text << match.status();
    ASSERT_EQ(match->points.ascending(), expected) << text;
    ASSERT_EQ(match->live, contents.size());
    for (const FilterLeaf& leaf : match->leaves) cached_ += leaf.cached;
    matched_ += expected.size();
    ++checked_;
    if (Below(10) == 0) CheckPages(collection, *filter, contents, text);
  }

  // Listing page by page finds the same, ids ascending.
  void CheckPages(CollectionNumber collection, const Filter& filter,
                  const std::map<std::string, StoredDocument>& contents, const std::string& text) {
    std::vector<std::string> expected, listed;
    for (const auto& [id, stored] : contents) {
      if (filter.Matches(stored.document.metadata)) expected.push_back(id);
    }
    std::string after;
    do {
      const auto page = fixture_.store().List(collection, filter, after, 1 + Below(30), {});
      ASSERT_TRUE(page.ok()) << page.status();
      for (const StoredDocument& stored : page->documents) listed.push_back(stored.document.id);
      after = page->next_after;
    } while (!after.empty());
    ASSERT_EQ(listed, expected) << text;
  }

  void CheckSome(CollectionNumber collection, int filters) {
    const auto contents = fixture_.Contents(collection);
    for (int i = 0; i < filters && !HasFatalFailure(); ++i) {
      // Some again and again, so that sets in memory are brought up to date.
      if (Below(3) == 0) usual_[Below(usual_.size())] = RandomFilter(3);
      CheckOne(collection, contents, usual_[Below(usual_.size())]);
    }
  }

  StoreFixture fixture_;
  std::mt19937_64 random_{TestSeed()};
  std::vector<std::string> strings_, literals_, fields_;
  std::vector<std::string> usual_{40, "a = 1"};
  size_t checked_ = 0, refused_ = 0, matched_ = 0, cached_ = 0;
};

TEST_F(MatchPropertyTest, AgreesWithEveryDocumentAlone) {
  for (int round = 0; round < 300 && !HasFailure(); ++round) {
    Write();
    if (Below(50) == 0) fixture_.Reopen();
    CheckSome(fixture_.collection(), 10);
  }
  EXPECT_GT(checked_, 2'000u);
  EXPECT_GT(matched_, 20'000u);
  EXPECT_GT(cached_, 1'000u);
  EXPECT_LT(refused_, checked_ / 4);
}

TEST_F(MatchPropertyTest, ARestoredCollectionIsFiledAsWell) {
  for (int round = 0; round < 40; ++round) Write();
  const auto place = fixture_.directory() / "copy";
  ASSERT_TRUE(fixture_.store().Checkpoint(place).ok());
  const auto image = CollectionImage::OpenDatabase(place, fixture_.collection());
  ASSERT_TRUE(image.ok()) << image.status();
  for (int round = 0; round < 20; ++round) Write();
  const auto restored = fixture_.store().RestoreCollection("second", **image,
                                                           [](CollectionNumber) { return absl::OkStatus(); });
  ASSERT_TRUE(restored.ok()) << restored.status();
  CheckSome(restored->number, 300);
  CheckSome(fixture_.collection(), 300);
}

}  // namespace
}  // namespace voisin::storage
