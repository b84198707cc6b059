#include "service/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <thread>

namespace voisin::service {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

class LogTest : public testing::Test {
 protected:
  std::string Line(LogFormat format, std::string_view event, Log::Fields fields) {
    std::ostringstream out;
    LogToStream(out, format, LogLevel::info)->Info(event, fields);
    return out.str();
  }
};

TEST_F(LogTest, WritesOneJsonObjectPerLine) {
  const std::string line = Line(LogFormat::json, "search",
                                {{"collection", "news"},
                                 {"hits", uint64_t{3}},
                                 {"delta", int64_t{-1}},
                                 {"score", 0.5},
                                 {"exact", true}});
  EXPECT_THAT(line, MatchesRegex("\\{\"ts\":\"[-0-9]+T[:.0-9]+Z\",\"level\":\"info\",.*\\}\n"));
  EXPECT_THAT(line, EndsWith(R"("event":"search","collection":"news","hits":3,"delta":-1,"score":0.5,)"
                             "\"exact\":true}\n"));
}

TEST_F(LogTest, EscapesWhatCouldBreakALine) {
  const std::string_view text("a\"b\\c\nd\te\x01\xff\x7f é\0z", 17);
  EXPECT_THAT(Line(LogFormat::json, "e", {{"text", text}}),
              EndsWith("\"text\":\"a\\\"b\\\\c\\nd\\te\\u0001\\ufffd\\u007f é\\u0000z\"}\n"));
  EXPECT_THAT(Line(LogFormat::text, "e", {{"text", "two\nlines"}}), EndsWith("e text=\"two\\nlines\"\n"));
  EXPECT_THAT(Line(LogFormat::text, "e", {{"text", ""}}), EndsWith("e text=\"\"\n"));
  EXPECT_THAT(Line(LogFormat::json, "e", {{"x", std::numeric_limits<double>::infinity()}}),
              EndsWith("\"x\":\"inf\"}\n"));
}

TEST_F(LogTest, TextIsReadable) {
  EXPECT_THAT(Line(LogFormat::text, "collection_ready", {{"collection", "news"}, {"points", uint64_t{6}}}),
              MatchesRegex("[-0-9]+T[:.0-9]+Z info    collection_ready collection=news points=6\n"));
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  std::ostringstream out;
  const auto log = LogToStream(out, LogFormat::text, LogLevel::warning);
  log->Debug("quiet");
  log->Info("quiet");
  log->Warning("heard");
  log->Error("heard");
  EXPECT_THAT(out.str(), testing::Not(HasSubstr("quiet")));
  const auto silent = LogToStream(out, LogFormat::text, LogLevel::off);
  const std::string before = out.str();
  silent->Error("nothing");
  EXPECT_EQ(out.str(), before);
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  std::ostringstream out;
  const auto log = LogToStream(out, LogFormat::json, LogLevel::info);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) log->Info("event", {{"i", int64_t{i}}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream lines(out.str());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.starts_with("{\"ts\"") && line.ends_with("}")) << line;
  }
  EXPECT_EQ(count, 400);
}

}  // namespace
}  // namespace voisin::service
