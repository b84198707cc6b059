#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <sstream>

#include "clients/cli/json_output.h"
#include "clients/cli/load.h"
#include "clients/cli/progress.h"
#include "clients/cli/table.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TableTest, AlignsAndTrims) {
  Table table({{"n", Table::Align::right}, {"name"}});
  table.Add({"1", "é"});
  table.Add({"10", "東京"});
  table.Add({"100", ""});
  EXPECT_EQ(table.Render(0), "  n  name\n  1  é\n 10  東京\n100\n");
}

TEST(TableTest, CutsFlexibleColumnsToTheTerminal) {
  Table table({{"id"}, {"text", Table::Align::left, true}});
  table.Add({"a", "東京東京東京東京東京東京"});
  table.Add({"b", std::string(100, 'x')});
  const std::string text = table.Render(20);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), 20u) << line;
  EXPECT_THAT(text, HasSubstr("…"));
}

TEST(TableTest, CellsCannotSteerTheTerminal) {
  Table table({{"text"}});
  table.Add({"\x1b[2Jred\nnext\xFF\xC2\x9b"});
  const std::string text = table.Render(0);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("red next\uFFFD"));
}

TEST(Utf8Test, FindsIllFormedBytes) {
  EXPECT_FALSE(FirstIllFormedByte("plain é 東 😀"));
  for (const std::string bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                "\xC3", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_EQ(FirstIllFormedByte("ab" + bad), 2u);
  }
}

TEST(Utf8Test, WidthsOfWideAndCombiningCharacters) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("東😀"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
  EXPECT_EQ(CutToWidth("abcdef", 4), "abc…");
  EXPECT_EQ(CutToWidth("abcd", 4), "abcd");
  EXPECT_EQ(CutToWidth("東京", 3), "東…");
}

TEST(JsonOutputTest, FloatsComeBackEqual) {
  std::mt19937 random(7);
  for (int i = 0; i < 100000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    std::string text;
    AppendJsonNumber(text, value);
    if (!std::isfinite(value)) {
      EXPECT_EQ(text, "null");
      continue;
    }
    const auto json = ParseJson(text);
    ASSERT_TRUE(json.ok()) << text;
    EXPECT_EQ(static_cast<float>(*json->number()), value) << text;
  }
}

TEST(JsonOutputTest, NumbersAreShort) {
  auto text_of = [](double value) { return ToText(Json{value}); };
  EXPECT_EQ(text_of(100000), "100000");
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(-3), "-3");
  EXPECT_EQ(text_of(1e300), "1e+300");
}

TEST(JsonOutputTest, StringsAreEscapedAndReadBack) {
  const std::string text("quote \" slash \\ line\n tab\t nul\0 é 東", 38);
  std::string json;
  AppendJsonString(json, text);
  const auto parsed = ParseJson(json);
  ASSERT_TRUE(parsed.ok()) << json;
  EXPECT_EQ(*parsed->string(), text);
  std::string replaced;
  AppendJsonString(replaced,
                   "a\xFF"
                   "b");
  EXPECT_EQ(replaced, "\"a\uFFFDb\"");
}

class ProgressTest : public ::testing::Test {
 protected:
  Progress Make(bool terminal) {
    return Progress(out_,
                    {.terminal = terminal, .width = 80, .unit = "documents", .now = [this] { return now_; }});
  }
  absl::Time now_ = absl::FromUnixSeconds(1000);
  std::ostringstream out_;
};

TEST_F(ProgressTest, ShowsRateAndTimeLeftOnATerminal) {
  Progress progress = Make(true);
  now_ += absl::Seconds(10);
  progress.Update(2000, 250, 1000);
  EXPECT_THAT(out_.str(), HasSubstr(" 25%  2.0k documents, 200/s, 0:30 left"));
  EXPECT_THAT(out_.str(), HasSubstr("█"));
  out_.str("");
  now_ += absl::Milliseconds(20);
  progress.Update(2001, 251, 1000);
  EXPECT_THAT(out_.str(), IsEmpty());  // too soon
  progress.Note("line 3: bad");
  EXPECT_EQ(out_.str(), "\r\x1b[Kline 3: bad\n");
}

TEST_F(ProgressTest, WritesAPlainLineNowAndThenElsewhere) {
  Progress progress = Make(false);
  progress.Update(1, 1, 0);
  EXPECT_THAT(out_.str(), IsEmpty());
  now_ += absl::Seconds(11);
  progress.Update(1100, 0, 0);
  EXPECT_EQ(out_.str(), "1.1k documents, 100/s\n");
  now_ += absl::Seconds(1);
  progress.Update(1200, 0, 0);
  progress.Finish();
  EXPECT_EQ(out_.str(), "1.1k documents, 100/s\n");
}

TEST(ClockTimeTest, Forms) {
  EXPECT_EQ(ClockTime(absl::Seconds(7)), "0:07");
  EXPECT_EQ(ClockTime(absl::Seconds(754)), "12:34");
  EXPECT_EQ(ClockTime(absl::Seconds(3723)), "1:02:03");
  EXPECT_EQ(ShortCount(999), "999");
  EXPECT_EQ(ShortCount(64000), "64.0k");
  EXPECT_EQ(ShortCount(3400000), "3.4M");
}

TEST(LoadTest, StopsByCountAndAtTheFirstError) {
  const auto counted =
      RunLoad({.clients = 3, .seconds = 60, .requests = 10}, [](uint64_t) { return absl::OkStatus(); });
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(counted->calls, 10u);
  EXPECT_LE(counted->Percentile(0.5), counted->Percentile(0.99));
  const auto failed = RunLoad({.clients = 3, .seconds = 60, .requests = 0}, [](uint64_t call) {
    return call == 5 ? absl::InternalError("no") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsInternal(failed.status()));
}

}  // namespace
}  // namespace voisin::cli
