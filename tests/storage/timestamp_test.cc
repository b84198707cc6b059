#include "storage/timestamp.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"

namespace voisin::storage {
namespace {

TEST(ParseTimestamp, ReadsDateTimesOfRfc3339) {
  EXPECT_EQ(ParseTimestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseTimestamp("1970-01-01t00:00:01z"), 1'000'000);
  EXPECT_EQ(ParseTimestamp("1969-12-31T23:59:59.5Z"), -500'000);
  EXPECT_EQ(ParseTimestamp("2020-02-29T12:00:00.25+01:00"), ParseTimestamp("2020-02-29T11:00:00.250000Z"));
  EXPECT_EQ(ParseTimestamp("2020-01-01T00:30:00+01:30"), ParseTimestamp("2019-12-31T23:00:00Z"));
  EXPECT_EQ(ParseTimestamp("2020-01-01T00:00:00-23:59"), ParseTimestamp("2020-01-01T23:59:00Z"));
  EXPECT_EQ(ParseTimestamp("2016-12-31T23:59:60Z"), ParseTimestamp("2017-01-01T00:00:00Z"));
  EXPECT_EQ(ParseTimestamp("2020-01-01T00:00:00.1234567891234Z"),
            ParseTimestamp("2020-01-01T00:00:00.123456Z"));
  EXPECT_LT(ParseTimestamp("0000-01-01T00:00:00Z"), ParseTimestamp("9999-12-31T23:59:59.999999Z"));
}

TEST(ParseTimestamp, AgreesWithAnotherImplementation) {
  for (int64_t seconds = -62'135'596'800; seconds < 253'402'300'800; seconds += 86'399'999) {
    const std::string text =
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
    if (text.size() != 20) continue;
    EXPECT_EQ(ParseTimestamp(text), seconds * 1'000'000) << text;
  }
}

TEST(ParseTimestamp, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2020",
                           "2020-01-01",
                           "2020-01-01T00:00:00",
                           "2020-01-01 00:00:00Z",
                           "2020-13-01T00:00:00Z",
                           "2020-00-01T00:00:00Z",
                           "2021-02-29T00:00:00Z",
                           "2020-01-01T24:00:00Z",
                           "2020-01-01T00:60:00Z",
                           "2020-01-01T00:00:61Z",
                           "2020-01-01T00:00:00.Z",
                           "2020-01-01T00:00:00+0100",
                           "2020-01-01T00:00:00+24:00",
                           "2020-01-01T00:00:00+01:60",
                           "2020-01-01T00:00:00Z ",
                           " 2020-01-01T00:00:00Z",
                           "20200-01-01T00:00:00Z",
                           "2020-1-01T00:00:00Z",
                           "2020-01-01T00:00Z",
                           "infinite-future"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

}  // namespace
}  // namespace voisin::storage
