#include "storage/filter.h"

#include <gtest/gtest.h>

namespace voisin::storage {
namespace {

Object Sample() {
  return {{"section", Value{"net"}},
          {"title", Value{"Fast c++ tools, for C"}},
          {"year", Value{2021.0}},
          {"zip", Value{"90210"}},
          {"ratio", Value{-1.5}},
          {"archived", Value{false}},
          {"none", Value{}},
          {"empty", Value{""}},
          {"created", Value{"2020-02-29T12:00:00+01:00"}},
          {"tags", Value{List{Value{"c++"}, Value{"net*"}, Value{3.0}, Value{}, Value{true}}}},
          {"size", Value{Object{{"installed", Value{120.0}}, {"a.b", Value{1.0}}}}},
          {"installed-size", Value{64.0}},
          {"quote", Value{"say \"hi\"\n"}},
          {"star", Value{"a*b"}},
          {"café", Value{"crème"}}};
}

struct Case {
  const char* filter;
  bool matches;
};

class FilterTable : public testing::TestWithParam<Case> {};

TEST_P(FilterTable, Matches) {
  const auto filter = Filter::Parse(GetParam().filter);
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(filter->Matches(Sample()), GetParam().matches) << GetParam().filter;
}

INSTANTIATE_TEST_SUITE_P(Strings, FilterTable,
                         testing::Values(Case{"section = \"net\"", true}, Case{"section = 'net'", true},
                                         Case{"section=net", true}, Case{"section != net", false},
                                         Case{"section != web", true}, Case{"section < nfs", true},
                                         Case{"section >= net", true}, Case{"section > net", false},
                                         Case{"section <= \"a\"", false}, Case{"empty = \"\"", true},
                                         Case{"quote = \"say \\\"hi\\\"\\n\"", true},
                                         Case{"quote = 'say \"hi\"\\n'", true}, Case{"café = crème", true},
                                         Case{"café = \"cr\"", false}, Case{"section = Net", false}));

INSTANTIATE_TEST_SUITE_P(Wildcards, FilterTable,
                         testing::Values(Case{"section = \"n*\"", true}, Case{"section = \"*t\"", true},
                                         Case{"section = \"*e*\"", true}, Case{"section = \"*\"", true},
                                         Case{"section = n*", true}, Case{"section = \"x*\"", false},
                                         Case{"section != \"n*\"", false}, Case{"section != \"x*\"", true},
                                         Case{"section = *", true}, Case{"year = \"*\"", false},
                                         Case{"star = \"a\\*b\"", true}, Case{"star = \"a*b\"", true},
                                         Case{"section = \"ne\\*\"", false},
                                         Case{"section = \"\\*t\"", false}, Case{"star = \"**b\"", true},
                                         Case{"year = 20*", false}));

INSTANTIATE_TEST_SUITE_P(Numbers, FilterTable,
                         testing::Values(Case{"year = 2021", true}, Case{"year = 2021.0", true},
                                         Case{"year = 2.021e3", true}, Case{"year >= 2020", true},
                                         Case{"year < 2021", false}, Case{"year != 2021", false},
                                         Case{"ratio = -1.5", true}, Case{"ratio < -1", true},
                                         Case{"ratio > -1.6", true}, Case{"ratio=-15e-1", true},
                                         Case{"installed-size = 64", true}, Case{"year : 2021", true}));

INSTANTIATE_TEST_SUITE_P(TypesAreNotConverted, FilterTable,
                         testing::Values(Case{"year = \"2021\"", false}, Case{"year != \"2021\"", false},
                                         Case{"zip = 90210", false}, Case{"zip != 90210", false},
                                         Case{"zip = \"90210\"", true}, Case{"NOT zip = 90210", true},
                                         Case{"archived = \"false\"", false}, Case{"section > 3", false},
                                         Case{"absent = 1", false}, Case{"absent != 1", false},
                                         Case{"NOT absent = 1", true}, Case{"tags = \"c++\"", false}));

INSTANTIATE_TEST_SUITE_P(BooleansAndNull, FilterTable,
                         testing::Values(Case{"archived = false", true}, Case{"archived = true", false},
                                         Case{"archived != true", true}, Case{"archived < true", true},
                                         Case{"NOT archived = true", true}, Case{"none = null", true},
                                         Case{"none != null", false}, Case{"year != null", true},
                                         Case{"year = null", false}, Case{"absent = null", false},
                                         Case{"absent != null", false}, Case{"none = \"null\"", false}));

INSTANTIATE_TEST_SUITE_P(Times, FilterTable,
                         testing::Values(Case{"created = \"2020-02-29T11:00:00Z\"", true},
                                         Case{"created = 2020-02-29T11:00:00Z", true},
                                         Case{"created > 2020-02-29T10:59:59.999Z", true},
                                         Case{"created < \"2020-02-29T12:00:00Z\"", true},
                                         Case{"created != 2020-02-29T12:00:00+01:00", false},
                                         Case{"section < 2020-02-29T12:00:00Z", false},
                                         Case{"section > 2020-02-29T12:00:00Z", false},
                                         Case{"section != 2020-02-29T12:00:00Z", false},
                                         Case{"created = \"2020-02-29*\"", true},
                                         Case{"created > \"2020\"", true},
                                         Case{"(created>2020-01-01T00:00:00Z)", true}));

INSTANTIATE_TEST_SUITE_P(
    Has, FilterTable,
    testing::Values(Case{"tags:\"c++\"", true}, Case{"tags:c++", true}, Case{"tags:c", false},
                    Case{"tags:3", true}, Case{"tags:\"3\"", false}, Case{"tags:null", true},
                    Case{"tags:true", true}, Case{"tags:\"net*\"", true}, Case{"tags:\"n*\"", false},
                    Case{"size:installed", true}, Case{"size:other", false}, Case{"title:tools", true},
                    Case{"title:\"c++\"", true}, Case{"title:tool", false}, Case{"title:\"Fast c++\"", true},
                    Case{"title:fast", false}, Case{"title:*", true}, Case{"none:*", true},
                    Case{"absent:*", false}, Case{"zip:90210", true}, Case{"-absent:*", true},
                    Case{"archived:false", true}, Case{"empty:\"\"", true}, Case{"section:\"\"", false},
                    Case{"star:\"*\"", false}));

INSTANTIATE_TEST_SUITE_P(Paths, FilterTable,
                         testing::Values(Case{"size.installed = 120", true}, Case{"size.installed:*", true},
                                         Case{"size.\"a.b\" = 1", true}, Case{"size.a.b = 1", false},
                                         Case{"size . installed > 1", true},
                                         Case{"\"size\".installed > 1", true}, Case{"section.x = 1", false},
                                         Case{"tags.x = 1", false}, Case{"size.installed.x = 1", false},
                                         Case{"size.NOT:*", false}));

// AND is looser than OR.
INSTANTIATE_TEST_SUITE_P(
    Logic, FilterTable,
    testing::Values(Case{"", true}, Case{" \t\r\n", true},
                    Case{"year = 0 AND year = 0 OR section = net", false},
                    Case{"(year = 0 AND year = 0) OR section = net", true},
                    Case{"section = net OR year = 0 AND year = 2021", true},
                    Case{"section = net year = 2021", true}, Case{"section = net year = 0", false},
                    Case{"section = net year = 0 OR year = 2021", true}, Case{"-section = net", false},
                    Case{"-(section = web)", true}, Case{"NOT (section = web OR year = 0)", true},
                    Case{"NOT section = web AND -year = 0", true}, Case{"((((section = net))))", true},
                    Case{"and = 1 OR section = net", true}, Case{"section=net AND(year=2021)", true},
                    Case{"section = \"net\" AND (year >= 2020 OR tags:\"c++\") AND NOT archived = true",
                         true}));

struct Wrong {
  const char* filter;
  const char* message;
};

class FilterErrors : public testing::TestWithParam<Wrong> {};

TEST_P(FilterErrors, NameThePosition) {
  const auto filter = Filter::Parse(GetParam().filter);
  ASSERT_FALSE(filter.ok()) << GetParam().filter;
  EXPECT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(filter.status().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, FilterErrors,
    testing::Values(
        Wrong{"section", "filter: expected a comparator (= != < <= > >= :) at byte 7, got the end"},
        Wrong{"section = ", "filter: expected a value (quotes around AND, OR, NOT) at byte 10, got the end"},
        Wrong{"section = net AND", "filter: expected a field at byte 17, got the end"},
        Wrong{"AND a = 1", "filter: expected a field or ( at byte 0, got \"AND\""},
        Wrong{"a = 1 AND AND b = 2", "filter: expected a field or ( at byte 10, got \"AND\""},
        Wrong{"a = AND", "filter: expected a value (quotes around AND, OR, NOT) at byte 4, got \"AND\""},
        Wrong{"a = 1 OR", "filter: expected a field at byte 8, got the end"},
        Wrong{"NOT NOT a = 1", "filter: expected a field or ( at byte 4, got \"NOT\""},
        Wrong{"(a = 1", "filter: expected AND, OR, a field or ) at byte 6, got the end"},
        Wrong{"a = 1)", "filter: expected AND, OR, a field or the end at byte 5, got \")\""},
        Wrong{"()", "filter: expected a field at byte 1, got \")\""},
        Wrong{"a ! 1", "filter: expected != at byte 2, got \"!\""},
        Wrong{"a == 1", "filter: expected a value (quotes around AND, OR, NOT) at byte 3, got \"=\""},
        Wrong{"a = \"open", "filter: expected a closing \" at byte 9, got the end"},
        Wrong{"a = \"\\x\"",
              "filter: expected one of \" ' \\ * n r t after a backslash at byte 6, got \"x\\\"\""},
        Wrong{"a = 1e999", "filter: expected a number within the range of a double at byte 4, got \"1e999\""},
        Wrong{"a < null", "filter: expected a value that has an order at byte 4, got \"null\""},
        Wrong{"a. = 1", "filter: expected a field at byte 3, got \"=\""},
        Wrong{".a = 1", "filter: expected a field at byte 0, got \".a\""},
        Wrong{"f(x)", "filter: expected a comparator (= != < <= > >= :) at byte 1, got \"(x)\""},
        Wrong{"a = (1 OR 2)", "filter: expected a value (quotes around AND, OR, NOT) at byte 4, got \"(1\""},
        Wrong{"home = http://x", "filter: expected a field at byte 11, got \"://x\""},
        Wrong{"a = 1, b = 2", "filter: expected a field at byte 5, got \",\""},
        Wrong{"= 1", "filter: expected a field at byte 0, got \"=\""}));

TEST(Filter, RefusesWhatIsTooLongOrTooDeep) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '(') + "a = 1" + std::string(levels, ')');
  };
  EXPECT_TRUE(Filter::Parse(nested(64)).ok());
  EXPECT_EQ(Filter::Parse(nested(65)).status().message(),
            "filter: expected at most 64 levels of parentheses at byte 64, got \"(a\"");
  EXPECT_FALSE(Filter::Parse("a = \"" + std::string(65'536, 'x') + "\"").ok());
  EXPECT_TRUE(Filter::Parse("a = \"" + std::string(65'530, 'x') + "\"").ok());
}

TEST(Filter, KnowsTheFieldsItLooksAt) {
  EXPECT_TRUE(Filter().matches_everything());
  EXPECT_TRUE(Filter().fields().empty());
  const auto filter = Filter::Parse("size.x = 1 OR (b:* AND NOT a = 1) AND b = 2");
  ASSERT_TRUE(filter.ok());
  EXPECT_FALSE(filter->matches_everything());
  EXPECT_EQ(filter->fields(), (std::vector<std::string>{"a", "b", "size"}));
}

}  // namespace
}  // namespace voisin::storage
