// Keys and records of postings: order, round trips, joining, damage.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "storage/posting_key.h"
#include "storage/posting_record.h"
#include "tests/storage/seed.h"

namespace voisin::storage {
namespace {

using testing::IsEmpty;

TEST(PostingKey, NumbersLieInTheirOrder) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> ascending = {-kInfinity, -1e300, -2.5, -1, -1e-300, 0, 1e-300, 1, 2.5, kInfinity};
  for (size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(NumberTerm("", ascending[i - 1]), NumberTerm("", ascending[i])) << ascending[i];
  }
  EXPECT_EQ(NumberTerm("", -0.0), NumberTerm("", 0.0));
  EXPECT_GT(NumberTerm("", std::nan("")), NumberTerm("", kInfinity));
  EXPECT_EQ(NumberTerm("", -std::nan("")), NumberTerm("", std::nan("")));
}

TEST(PostingKey, TimesLieInTheirOrder) {
  EXPECT_LT(TimeTerm("", -1), TimeTerm("", 0));
  EXPECT_LT(TimeTerm("", 0), TimeTerm("", 1));
}

TEST(PostingKey, StringsLieInTheOrderOfBytesUpToTheirCut) {
  using namespace std::string_literals;
  const std::string longest(kMaxStringBytes, 'm');
  const std::vector<std::string> ascending = {
      "",      "\0"s,     "\0\0"s, "\0a"s, "\1",    "a",           "a\0"s,
      "a\0b"s, "a\1",     "aa",    "b",    longest, longest + "a", std::string(kMaxStringBytes, 'n'),
      "\xff",  "\xff\xff"};
  for (size_t i = 1; i < ascending.size(); ++i) {
    ASSERT_LT(ascending[i - 1], ascending[i]);
    EXPECT_LT(StringTerm("", ascending[i - 1]), StringTerm("", ascending[i])) << i;
  }
}

TEST(PostingKey, StringsComeBack) {
  using namespace std::string_literals;
  for (const std::string& text : {""s, "a\0\0\xff"s, std::string(kMaxStringBytes, '\0')}) {
    const auto decoded = DecodeTermString(StringTerm("", text));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(decoded->whole);
    EXPECT_EQ(decoded->text, text);
  }
  const std::string text(kMaxStringBytes + 1, '\0');
  const auto cut = DecodeTermString(StringTerm("", text));
  ASSERT_TRUE(cut.has_value());
  EXPECT_FALSE(cut->whole);
  EXPECT_EQ(cut->text, text.substr(0, kMaxStringBytes));
  for (const std::string& bad : {""s, "a"s, "a\0"s, "a\0\2"s, "a\0\0b"s, "a\0\1short"s}) {
    EXPECT_FALSE(DecodeTermString(bad).has_value());
  }
}

TEST(PostingKey, NoTermBeginsAnother) {
  const Value list{List{Value{"a"}, Value{1.0}, Value{}, Value{true}}};
  const Object object = {
      {"a", Value{"2020-01-01T00:00:00Z"}}, {"ab", list},       {"b", Value{Object{{"a", list}}}},
      {"", Value{Object{{"", Value{}}}}},   {"c", Value{true}}, {"d", Value{"x"}}};
  const std::vector<std::string> terms = TermsOf(object);
  ASSERT_GT(terms.size(), 15u);
  for (size_t i = 1; i < terms.size(); ++i) {
    EXPECT_LT(terms[i - 1], terms[i]);
    EXPECT_FALSE(terms[i].starts_with(terms[i - 1]));
  }
}

TEST(PostingKey, FieldsWithLongPathsHaveNoTerms) {
  EXPECT_EQ(TermsOf({{std::string(kMaxPathBytes, 'x'), Value{1.0}}}), std::vector{LiveTerm()});
}

TEST(PostingKey, KeysSplit) {
  const std::string full = std::string("\0\0\0\1", 4) + "term";
  const std::string key = PostingKey(full, 0x123456789abcULL);
  const auto parts = SplitPostingKey(key);
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->term, "term");
  EXPECT_EQ(parts->chunk, 0x123456789abcULL);
  EXPECT_FALSE(SplitPostingKey("1234567890").has_value());
}

PostingRecord RandomRecord(std::mt19937_64& random, size_t most) {
  PostingRecord record;
  for (uint32_t point = 0; point < 65'536; ++point) {
    const size_t drawn = random() % 65'536;
    if (drawn < most) record.added.push_back(static_cast<uint16_t>(point));
    if (drawn > 65'000) record.removed.push_back(static_cast<uint16_t>(point));
  }
  return record;
}

TEST(PostingRecord, ComesBack) {
  std::mt19937_64 random(TestSeed());
  for (const size_t most : {size_t{0}, size_t{1}, size_t{3'000}, size_t{30'000}, size_t{65'536}}) {
    const PostingRecord record = RandomRecord(random, most);
    const std::string bytes = EncodePosting(record);
    EXPECT_LE(bytes.size(), 2 * 8200u);
    const auto again = DecodePosting(bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, record);
  }
}

TEST(PostingRecord, DamageIsAnError) {
  const std::string bytes = EncodePosting({.added = {1, 2, 700}, .removed = {9}});
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodePosting(bytes.substr(0, size)).ok());
  EXPECT_FALSE(DecodePosting(bytes + "x").ok());
  EXPECT_FALSE(DecodePosting(EncodePosting({.added = {2, 1}, .removed = {}})).ok());
  EXPECT_FALSE(DecodePosting("\2").ok());
  EXPECT_FALSE(DecodePosting("\1\xff\xff\xff\xff\xff\x01").ok());
  EXPECT_FALSE(DecodePosting("\1\x81\x20").ok());
}

// Points are added once and removed once at most, in any order and any grouping.
TEST(PostingRecord, JoiningIsFreeOfOrder) {
  std::mt19937_64 random(TestSeed());
  std::vector<std::string> records;
  std::vector<uint16_t> living;
  for (uint16_t point = 0; point < 500; ++point) {
    records.push_back(EncodePosting({.added = {point}, .removed = {}}));
    if (random() % 2 == 0) {
      records.push_back(EncodePosting({.added = {}, .removed = {point}}));
    } else {
      living.push_back(point);
    }
  }
  std::ranges::shuffle(records, random);
  while (records.size() > 1) {  // neighbours, as RocksDB does
    const size_t at = random() % (records.size() - 1);
    const std::vector<std::string_view> two = {records[at], records[at + 1]};
    records[at] = EncodePosting(*JoinPostings(two, false));
    records.erase(records.begin() + static_cast<ptrdiff_t>(at) + 1);
  }
  const std::vector<std::string_view> last = {records.front()};
  const auto whole = JoinPostings(last, true);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->added, living);
  EXPECT_THAT(whole->removed, IsEmpty());
}

}  // namespace
}  // namespace voisin::storage
