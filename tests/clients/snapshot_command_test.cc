#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/files.h"
#include "clients/cli/run.h"
#include "tests/clients/fake_client.h"
#include "tests/support/scratch_dir.h"

namespace voisin::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

class SnapshotCommandTest : public testing::Test {
 protected:
  SnapshotCommandTest() { server_.collections["collections/notes"]["a"].set_id("a"); }

  Ran RunLine(std::vector<std::string> words) {
    words.insert(words.begin(), {"voisin", "snapshot"});
    std::vector<const char*> line;
    for (const std::string& word : words) line.push_back(word.c_str());
    std::istringstream in;
    std::ostringstream out, err;
    Console console{.in = in, .out = out, .err = err, .address = {}, .hub = {}, .hub_token = {}};
    const int code = cli::Run(static_cast<int>(line.size()), line.data(), console,
                              [this](const std::string&, const client::Options&) {
                                return std::make_unique<test::FakeClient>(server_);
                              });
    return {code, out.str(), err.str()};
  }
  std::string Place(const std::string& name) const { return (scratch_.path() / name).string(); }

  test::ScratchDir scratch_;
  test::FakeServer server_;
};

TEST_F(SnapshotCommandTest, CreateListDeleteSpeakToPeople) {
  const Ran made = RunLine({"create", "notes", "--id", "first"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("first"));
  EXPECT_THAT(made.out, HasSubstr("notes"));
  EXPECT_THAT(made.out, HasSubstr("2.0kB"));
  EXPECT_THAT(RunLine({"list"}).out, HasSubstr("first"));
  EXPECT_THAT(RunLine({"list", "notes"}).out, HasSubstr("first"));
  EXPECT_THAT(RunLine({"list", "other"}).out, Not(HasSubstr("first")));
  EXPECT_EQ(RunLine({"delete", "first"}).out, "first deleted\n");
  const Ran gone = RunLine({"delete", "first"});
  EXPECT_EQ(gone.code, 1);
  EXPECT_THAT(gone.err, HasSubstr("no snapshot \"first\""));
}

TEST_F(SnapshotCommandTest, JsonIsOneObjectALine) {
  const Ran made = RunLine({"create", "notes", "--id", "first", "--json"});
  EXPECT_THAT(made.out,
              testing::StartsWith("{\"name\":\"snapshots/first\",\"collection\":\"collections/notes\""));
  EXPECT_THAT(made.out, HasSubstr("\"document_count\":1"));
  EXPECT_EQ(RunLine({"list", "--json"}).out, made.out);
  EXPECT_THAT(RunLine({"restore", "first", "copy", "--json"}).out,
              HasSubstr("\"name\":\"collections/copy\""));
  EXPECT_EQ(RunLine({"delete", "first", "--json"}).out, "{\"deleted\":\"first\"}\n");
}

TEST_F(SnapshotCommandTest, AProblemIsShown) {
  server_.snapshots["snapshots/bad"].set_name("snapshots/bad");
  server_.snapshots["snapshots/bad"].set_problem("it is newer");
  EXPECT_THAT(RunLine({"list"}).out, HasSubstr("it is newer"));
  EXPECT_EQ(RunLine({"list", "--json"}).out, "{\"name\":\"snapshots/bad\",\"problem\":\"it is newer\"}\n");
}

TEST_F(SnapshotCommandTest, ExportAndImportMoveOneFile) {
  RunLine({"create", "notes", "--id", "first"});
  const Ran exported = RunLine({"export", "first", Place("archive")});
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_THAT(exported.out, HasSubstr("first exported to " + Place("archive")));
  EXPECT_FALSE(std::filesystem::exists(Place("archive.part")));
  const Ran imported = RunLine({"import", Place("archive"), "--id", "moved"});
  EXPECT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("moved"));
  const Ran again = RunLine({"export", "first", Place("archive")});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
  EXPECT_EQ(RunLine({"import", Place("nothing")}).code, 1);
}

TEST_F(SnapshotCommandTest, AnExportThatBreaksLeavesNoFile) {
  RunLine({"create", "notes", "--id", "first"});
  server_.export_failure = absl::DataLossError("snapshot \"first\" is damaged: db/000009.sst: ...");
  const Ran exported = RunLine({"export", "first", Place("archive")});
  EXPECT_EQ(exported.code, 1);
  EXPECT_THAT(exported.err, HasSubstr("db/000009.sst"));
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

}  // namespace
}  // namespace voisin::cli
