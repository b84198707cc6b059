#include "clients/cli/import_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "clients/cli/csv_reader.h"
#include "clients/cli/json_output.h"
#include "clients/cli/status.h"
#include "tests/support/scratch_dir.h"

namespace voisin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// "id|text|metadata" of each document, "! message" of each bad record.
std::vector<std::string> ReadAll(ImportSource& source) {
  std::vector<std::string> all;
  while (auto next = source.Next()) {
    if (next->ok()) {
      const ImportDocument& document = **next;
      all.push_back(document.id + "|" + document.text + "|" + ToText(Json{document.metadata}));
    } else {
      all.push_back("! " + std::string(MessageOf(next->status())));
    }
  }
  return all;
}

std::vector<std::string> JsonLines(const std::string& text) {
  std::istringstream in(text);
  return ReadAll(*ReadJsonLines(in, text.size()));
}

std::vector<std::string> Csv(const std::string& text, const std::vector<std::string>& numbers = {}) {
  std::istringstream in(text);
  const auto source = ReadCsv(in, text.size(), numbers);
  if (!source.ok()) return {"!! " + std::string(MessageOf(source.status()))};
  return ReadAll(**source);
}

TEST(JsonLinesTest, OfAMemberGivenTwiceTheLastOneCounts) {
  std::istringstream in(R"({"id":"a","vector":[1,2],"id":"b","vector":[3]})");
  const auto document = ReadJsonLines(in, 0)->Next();
  ASSERT_TRUE(document && document->ok());
  EXPECT_EQ((*document)->id, "b");
  EXPECT_THAT((*document)->vector, ElementsAre(3));
}

TEST(JsonLinesTest, ReadsDocumentsWithBomCrlfAndNoLastNewline) {
  EXPECT_THAT(JsonLines("\xEF\xBB\xBF{\"id\":\"a\",\"text\":\"x\"}\r\n\r\n{\"id\":\"b\",\"metadata\":{\"k\":["
                        "1,true,null]}}"),
              ElementsAre("a|x|{}", "b||{\"k\":[1,true,null]}"));
}

TEST(JsonLinesTest, ReadsVectorAndExpireTime) {
  std::istringstream in("{\"id\":\"a\",\"vector\":[0.5,-1e-3],\"expire_time\":\"2030-01-31T12:00:00Z\"}");
  const auto next = ReadJsonLines(in, 0)->Next();
  ASSERT_TRUE(next && next->ok());
  EXPECT_THAT((*next)->vector, ElementsAre(0.5f, -1e-3f));
  EXPECT_EQ(absl::ToUnixSeconds(*(*next)->expire_time), 1896091200);
  EXPECT_EQ((*next)->where, "line 1");
}

TEST(JsonLinesTest, EachBadLineIsNamedAndTheNextIsRead) {
  const std::vector<std::string> bad = {"nonsense",
                                        "{\"id\":\"a\"",
                                        "[]",
                                        "{\"text\":\"x\"}",
                                        "{\"id\":\"\"}",
                                        "{\"id\":7}",
                                        "{\"id\":\"a\",\"text\":7}",
                                        "{\"id\":\"a\",\"metadata\":[]}",
                                        "{\"id\":\"a\",\"vector\":[1,\"x\"]}",
                                        "{\"id\":\"a\",\"vector\":[1e300]}",
                                        "{\"id\":\"a\",\"metadata\":{\"n\":1e999}}",
                                        "{\"id\":\"a\",\"expire_time\":\"soon\"}",
                                        "{\"id\":\"a\",\"title\":\"x\"}",
                                        "{\"id\":\"a\",\"text\":\"\xFF\"}",
                                        "{\"id\":\"a\",\"text\":\"\\ud800\"}",
                                        std::string("{\"id\":\"a\",\"text\":\"\0\"}", 21),
                                        std::string(1000, '[')};
  for (const std::string& line : bad) {
    const auto all = JsonLines("{\"id\":\"before\"}\n" + line + "\n{\"id\":\"after\"}\n");
    EXPECT_THAT(all, ElementsAre("before||{}", StartsWith("! line 2: "), "after||{}")) << line;
  }
  EXPECT_THAT(JsonLines("{\"id\":\"a\",\"title\":\"x\"}")[0], HasSubstr("unknown field \"title\""));
}

TEST(JsonLinesTest, AHugeLineIsSkippedInBoundedMemory) {
  const std::string huge = "{\"id\":\"a\",\"text\":\"" + std::string(kLongestRecord + 10, 'x') + "\"}";
  EXPECT_THAT(JsonLines(huge + "\n{\"id\":\"b\"}\n"), ElementsAre(HasSubstr("line 1: longer than"), "b||{}"));
}

TEST(CsvTest, ReadsQuotesLineBreaksAndMetadata) {
  EXPECT_THAT(Csv("\xEF\xBB\xBFid,year,text,note\r\n"
                  "a,1999,\"says \"\"hi\"\", twice\r\nand more\",\r\n"
                  "\n"
                  "b,,plain,\"\"\n"
                  "c,007,x,y",
                  {"year"}),
              ElementsAre("a|says \"hi\", twice\nand more|{\"year\":1999}", "b|plain|{}",
                          "c|x|{\"year\":7,\"note\":\"y\"}"));
}

TEST(CsvTest, ColumnsAreTextUnlessNamed) {
  EXPECT_THAT(Csv("id,text,year\na,x,1999\n"), ElementsAre("a|x|{\"year\":\"1999\"}"));
}

TEST(CsvTest, BadRecordsAreNamedByTheLineTheyStartOn) {
  EXPECT_THAT(Csv("id,text\na,\"two\nlines\"\nb\nc,x,y\nd,in\"side\ne,\"x\"y\n,empty\nf,\xFF\ng,fine\n"),
              ElementsAre("a|two\nlines|{}", HasSubstr("line 4: expected 2 fields"),
                          HasSubstr("line 5: expected 2"), HasSubstr("line 6: a quote inside"),
                          HasSubstr("line 7: text between"), HasSubstr("line 8: id: empty"),
                          HasSubstr("line 9: text: byte 0 is not UTF-8"), "g|fine|{}"));
  EXPECT_THAT(Csv("id,text,n\na,x,many\n", {"n"}),
              ElementsAre(HasSubstr("n: expected a number, got \"many\"")));
}

TEST(CsvTest, AnUnterminatedQuoteIsOneBadRecord) {
  EXPECT_THAT(Csv("id,text\na,x\nb,\"never\nc,z\n"),
              ElementsAre("a|x|{}", HasSubstr("line 3: the quote that opens here is never closed")));
}

TEST(CsvTest, AQuoteThatNeverClosesDoesNotFillMemory) {
  std::istringstream in("\"" + std::string(50, 'x') + "\n" + std::string(50, 'y') + "\nlast\n");
  CsvReader reader(in, 64);
  EXPECT_THAT(std::string(MessageOf(reader.Next()->status())), HasSubstr("perhaps never closed"));
  EXPECT_THAT(**reader.Next(), ElementsAre("last"));
}

TEST(CsvTest, HeadersThatCannotWorkAreRefused) {
  EXPECT_THAT(Csv("")[0], HasSubstr("is empty"));
  EXPECT_THAT(Csv("id,body\n")[0], HasSubstr("no column text"));
  EXPECT_THAT(Csv("id,text,id\n")[0], HasSubstr("twice"));
  EXPECT_THAT(Csv("id,text,\n")[0], HasSubstr("without a name"));
  EXPECT_THAT(Csv("id,text\n", {"year"})[0], HasSubstr("no column year"));
}

TEST(CsvTest, NulBytesAreKept) {
  EXPECT_THAT(Csv(std::string("id,text\na,x\0y\n", 14)), ElementsAre(std::string("a|x\0y|{}", 8)));
}

class FolderTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((scratch_.path() / path).parent_path());
    std::ofstream(scratch_.path() / path, std::ios::binary) << text;
  }
  test::ScratchDir scratch_;
};

TEST_F(FolderTest, ReadsTextFilesByRelativePath) {
  Write("b.txt", "two");
  Write("a/one.md", "\xEF\xBB\xBFone");
  Write("a/picture.png", "no");
  Write("c.txt", "\xFF");
  std::istringstream in;
  const auto source = OpenImport({.path = scratch_.path().string(), .format = {}, .csv_numbers = {}}, in);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->total(), 3u);
  EXPECT_THAT(ReadAll(**source),
              ElementsAre("a/one.md|one|{}", "b.txt|two|{}", "! c.txt: byte 0 is not UTF-8"));
}

TEST_F(FolderTest, TheFormatComesFromThePathOrTheFlag) {
  Write("x.jsonl", "{\"id\":\"a\"}\n");
  Write("x.csv", "id,text\na,b\n");
  Write("x.data", "{\"id\":\"a\"}\n");
  std::istringstream in;
  auto open = [&](const std::string& name, std::optional<ImportFormat> format) {
    return OpenImport({.path = (scratch_.path() / name).string(), .format = format, .csv_numbers = {}}, in)
        .status();
  };
  EXPECT_TRUE(open("x.jsonl", {}).ok());
  EXPECT_TRUE(open("x.csv", {}).ok());
  EXPECT_EQ(ExitCode(open("x.data", {})), 2);
  EXPECT_TRUE(open("x.data", ImportFormat::json_lines).ok());
  EXPECT_EQ(ExitCode(open("x.csv", ImportFormat::folder)), 2);
  EXPECT_TRUE(absl::IsInvalidArgument(open("missing.csv", {})));
}

}  // namespace
}  // namespace voisin::cli
