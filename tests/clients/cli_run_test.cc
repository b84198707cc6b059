#include "clients/cli/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "clients/cli/search_output.h"
#include "tests/clients/fake_client.h"

namespace voisin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

class CliRunTest : public ::testing::Test {
 protected:
  Ran RunLine(std::vector<const char*> words, const std::string& input = "") {
    words.insert(words.begin(), "voisin");
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Console console{.in = in, .out = out, .err = err, .address = {}, .hub = {}, .hub_token = {}};
    const int code = cli::Run(static_cast<int>(words.size()), words.data(), console,
                              [this](const std::string& address, const client::Options&) {
                                address_ = address;
                                return std::make_unique<test::FakeClient>(server_);
                              });
    return {code, out.str(), err.str()};
  }

  test::FakeServer::Documents& Notes() { return server_.collections["collections/notes"]; }

  void AddNote(const std::string& id, const std::string& text) {
    Notes()[id].set_id(id);
    Notes()[id].set_text(text);
  }

  test::FakeServer server_;
  std::string address_;  // that was connected to last
};

TEST_F(CliRunTest, HelpAndVersionSucceed) {
  EXPECT_EQ(RunLine({"--version"}).code, 0);
  EXPECT_THAT(RunLine({"--version"}).out, StartsWith("voisin 0."));
  const Ran help = RunLine({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* command : {"serve", "embed", "tokenize", "similarity", "collection", "import", "search",
                              "get", "delete", "count", "snapshot", "check", "model", "eval", "bench"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
    const Ran of_command = RunLine({command, "--help"});
    EXPECT_EQ(of_command.code, 0) << command;
    EXPECT_THAT(of_command.out, HasSubstr(command));
    EXPECT_THAT(of_command.err, IsEmpty());
  }
  EXPECT_THAT(RunLine({"collection", "create", "--help"}).out, HasSubstr("Example"));
  EXPECT_THAT(RunLine({"collection", "--help"}).out, HasSubstr("voisin collection COMMAND --help"));
  EXPECT_THAT(RunLine({"collection", "--help"}).out, Not(HasSubstr("voisin serve")));
}

TEST_F(CliRunTest, WrongUseIsTwoWithAHint) {
  const std::vector<std::vector<const char*>> wrong = {
      {},
      {"serch", "notes"},
      {"search"},
      {"collection"},
      {"collection", "mend"},
      {"search", "notes"},
      {"search", "notes", "x", "--top-k", "many"},
      {"search", "notes", "x", "--top-k", "-1"},
      {"search", "notes", "x", "--no-such-flag"},
      {"search", "notes", "x", "--group-size", "2"},
      {"collection", "create", "notes", "--metric", "taxicab"},
      {"delete", "notes"},
      {"delete", "notes", "a", "--filter", "x = 1"},
      {"embed"},
      {"import", "notes"},
      {"import", "notes", "-", "--batch", "0"},
      {"count", "notes", "--timeout", "0"},
      {"snapshot"},
      {"check"},
      {"snapshot", "create"},
      {"snapshot", "restore", "only-one"},
      {"eval"},
      {"eval", "set", "--model-dir", "a", "--model", "b"},
      {"bench", "search"}};
  for (const auto& words : wrong) {
    const Ran ran = RunLine(words);
    EXPECT_EQ(ran.code, 2) << (words.empty() ? "" : words[0]);
    EXPECT_THAT(ran.err, StartsWith("voisin: "));
    EXPECT_THAT(ran.out, IsEmpty());
  }
  EXPECT_THAT(RunLine({"serch"}).err, HasSubstr("serch"));
  EXPECT_THAT(RunLine({"serch"}).err, HasSubstr("--help"));
  EXPECT_THAT(RunLine({"search", "notes", "x", "--top-k", "many"}).err, HasSubstr("expected a whole number"));
}

TEST_F(CliRunTest, AServerThatSaysNoIsOneWithItsWords) {
  const Ran ran = RunLine({"count", "missing"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "voisin: collection collections/missing does not exist\n");
}

TEST_F(CliRunTest, ImportIntoAMissingCollectionNamesTheRemedy) {
  const Ran ran = RunLine({"import", "missing", "-"}, "{\"id\":\"a\",\"text\":\"b\"}\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("--create makes it"));
}

TEST_F(CliRunTest, NobodyThereNamesTheAddressAndTheRemedy) {
  server_.refusal = absl::UnavailableError("failed to connect to all addresses");
  for (const std::vector<const char*>& words :
       std::vector<std::vector<const char*>>{{"count", "x"},
                                             {"search", "x", "y"},
                                             {"embed", "y"},
                                             {"similarity", "a", "b"},
                                             {"collection", "list"},
                                             {"import", "x", "-", "--create"}}) {
    const Ran ran = RunLine(words, "{\"id\":\"a\",\"text\":\"b\"}\n");
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.err,
              "voisin: no voisin server answers at 127.0.0.1:50051: start one with `voisin serve`\n");
  }
}

TEST_F(CliRunTest, OutputThatCannotBeWrittenIsAnError) {
  Notes();
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  out.setstate(std::ios::badbit);
  Console console{.in = in, .out = out, .err = err, .address = {}, .hub = {}, .hub_token = {}};
  const char* words[] = {"voisin", "count", "notes"};
  EXPECT_EQ(cli::Run(3, words, console,
                     [this](const std::string&, const client::Options&) {
                       return std::make_unique<test::FakeClient>(server_);
                     }),
            1);
  EXPECT_EQ(err.str(), "voisin: the output could not be written\n");
}

TEST_F(CliRunTest, AddressComesFromTheFlag) {
  Notes();
  RunLine({"count", "notes", "--address", "10.0.0.1:7"});
  EXPECT_EQ(address_, "10.0.0.1:7");
}

TEST_F(CliRunTest, SearchAsksForGroupsDiversityAndPages) {
  AddNote("a", "text");
  (*Notes()["a"].mutable_metadata()->mutable_fields())["section"].set_string_value("net");
  const Ran groups = RunLine({"search", "notes", "one", "--group-by", "section", "--group-size", "3"});
  EXPECT_EQ(groups.code, 0) << groups.err;
  EXPECT_THAT(groups.out, AllOf(HasSubstr("section"), HasSubstr("net"), Not(HasSubstr("--page-token"))));
  EXPECT_EQ(server_.searches.back().group_by().field(), "section");
  EXPECT_EQ(server_.searches.back().group_by().group_size(), 3u);
  EXPECT_THAT(RunLine({"search", "notes", "one", "--group-by", "section", "--json"}).out,
              AllOf(HasSubstr("\"group\":\"net\""), HasSubstr("\"next_page_token\":\"page-after-\"")));
  EXPECT_THAT(RunLine({"search", "notes", "one", "--page-token", "x"}).out,
              HasSubstr("next page: --page-token page-after-x"));
  EXPECT_EQ(server_.searches.back().page_token(), "x");
  RunLine({"search", "notes", "one", "--diversity", "0.25"});
  EXPECT_EQ(server_.searches.back().diversity().lambda(), 0.25f);
}

TEST_F(CliRunTest, SearchShowsSnippetsBelowTheirHits) {
  AddNote("a", "not shown");
  server_.snippet.set_text("big\n  cats \x1b[2J sleep");
  server_.snippet.set_offset(5);
  server_.snippet.add_highlights()->set_begin(6);
  server_.snippet.mutable_highlights(0)->set_end(10);
  EXPECT_EQ(RunLine({"search", "notes", "cat", "--snippet"}).out,
            "rank   score  id\n   1  0.8750  a\n      big *cats* [2J sleep\n")
      << "on one line, harmless to a terminal";
  EXPECT_TRUE(server_.searches.back().has_snippet());
  EXPECT_THAT(RunLine({"search", "notes", "cat", "--snippet", "--json"}).out,
              HasSubstr("\"offset\":5,\"highlights\":[[6,10]]}"));
  EXPECT_EQ(HighlightedLine(server_.snippet, true), "big \x1b[1mcats\x1b[0m [2J sleep");
  RunLine({"search", "notes", "cat"});
  EXPECT_FALSE(server_.searches.back().has_snippet() || server_.searches.back().has_pack());
}

TEST_F(CliRunTest, SearchPrintsAPack) {
  AddNote("a", "text");
  const auto add = [this](const char* id, const char* text, uint32_t offset) {
    v1::Packed::Passage& passage = *server_.packed.add_passages();
    passage.set_id(id);
    passage.set_text(text);
    passage.set_offset(offset);
    passage.set_tokens(2);
  };
  add("a", "One\x1b here.\nTwo.", 0);
  add("a", "Four.", 30);
  add("b", "Five.", 0);
  server_.packed.set_tokens(6);
  const Ran ran = RunLine({"search", "notes", "cat", "--pack", "100"});
  EXPECT_EQ(ran.out, "[a]\nOne  here.\nTwo.\nFour.\n\n[b]\nFive.\n");
  EXPECT_EQ(ran.err, "3 passages, 6 tokens\n");
  EXPECT_EQ(server_.searches.back().pack().token_budget(), 100u);
  EXPECT_THAT(RunLine({"search", "notes", "cat", "--pack", "100", "--json"}).out,
              HasSubstr("{\"id\":\"a\",\"text\":\"Four.\",\"offset\":30,\"tokens\":2}"));
  RunLine({"search", "notes", "cat", "--pack", "0"});
  EXPECT_TRUE(server_.searches.back().has_pack()) << "the server refuses it";
  RunLine({"search", "notes", "cat", "--pack", "5000000000"});
  EXPECT_EQ(server_.searches.back().pack().token_budget(), UINT32_MAX);
}

TEST_F(CliRunTest, SearchPrintsATablePerText) {
  AddNote("a", "first line\nsecond line");
  (*Notes()["a"].mutable_metadata()->mutable_fields())["section"].set_string_value("net");
  const Ran ran = RunLine({"search", "notes", "one", "two", "--fields", "section,year"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "one\nrank   score  id  section  year  text\n   1  0.8750  a   net            first line\n\n"
            "two\nrank   score  id  section  year  text\n   1  0.8750  a   net            first line\n");
}

TEST_F(CliRunTest, SearchSendsWhatTheFlagsSay) {
  Notes();
  EXPECT_EQ(RunLine({"search", "notes", "[x, y]", "--top-k", "3", "--filter", "a = 1", "--min-score", "-0.5",
                     "--exact", "--ef", "99", "--mode", "hybrid", "--dense-weight", "0.25", "--rrf"})
                .out,
            "no hits\n");
  ASSERT_EQ(server_.searches.size(), 1u);
  const v1::SearchRequest& sent = server_.searches[0];
  EXPECT_EQ(sent.text(), "[x, y]");
  EXPECT_EQ(sent.top_k(), 3u);
  EXPECT_EQ(sent.filter(), "a = 1");
  EXPECT_EQ(sent.min_score(), -0.5f);
  EXPECT_TRUE(sent.params().exact());
  EXPECT_EQ(sent.params().ef(), 99u);
  EXPECT_EQ(sent.mode(), v1::SEARCH_MODE_HYBRID);
  EXPECT_EQ(sent.fusion().dense_weight(), 0.25f);
  EXPECT_EQ(sent.fusion().kind(), v1::Fusion::KIND_RRF);
}

TEST_F(CliRunTest, TextsThatLookLikeSomethingElseStayWhole) {
  Notes();
  for (const char* text : {"[a,b]", "[]", "{}", "embed", "%%", "a,b", "-1.5", "\x01[x]"}) {
    server_.searches.clear();
    EXPECT_EQ(RunLine({"search", "notes", "--", text}).code, 0) << text;
    ASSERT_EQ(server_.searches.size(), 1u) << text;
    EXPECT_EQ(server_.searches[0].text(), text);
  }
}

TEST_F(CliRunTest, SearchJson) {
  AddNote("a", "say \"hi\"");
  const Ran ran = RunLine({"search", "notes", "x", "--json"});
  EXPECT_THAT(ran.out, StartsWith("{\"query\":\"x\",\"hits\":[{\"id\":\"a\",\"score\":0.875,"
                                  "\"dense_score\":0,\"lexical_score\":0,\"dense_rank\":0,\"lexical_rank\":0,"
                                  "\"text\":\"say \\\"hi\\\"\",\"metadata\":{}}],\"path\":\"exact\""));
}

TEST_F(CliRunTest, GetSaysWhichIdsAreMissing) {
  AddNote("a", "text");
  const Ran ran = RunLine({"get", "notes", "a", "b", "--json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "{\"id\":\"a\",\"text\":\"text\"}\n");
  EXPECT_EQ(ran.err, "voisin: notes has no document b\n");
}

TEST_F(CliRunTest, CountAndDelete) {
  AddNote("a", "x");
  AddNote("b", "y");
  EXPECT_EQ(RunLine({"count", "notes"}).out, "2\n");
  EXPECT_EQ(RunLine({"delete", "notes", "a", "zz"}).out, "1 deleted\n");
  EXPECT_EQ(RunLine({"count", "notes", "--json"}).out, "{\"count\":1}\n");
}

TEST_F(CliRunTest, CollectionsAreMadeListedAndDeleted) {
  const Ran made = RunLine({"collection", "create", "fresh", "--json"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("\"model\":\"default-model\""));
  const Ran planned = RunLine(
      {"collection", "create", "big", "--dimensions", "9", "--vector-storage", "int8", "--validate-only"});
  EXPECT_THAT(planned.out, HasSubstr("int8, 1234 bytes of memory each")) << planned.err;
  EXPECT_THAT(RunLine({"collection", "list"}).out, Not(HasSubstr("big")));
  EXPECT_EQ(RunLine({"collection", "create", "big", "--vector-storage", "int4"}).code, 2);
  EXPECT_THAT(RunLine({"collection", "list"}).out, HasSubstr("fresh"));
  EXPECT_EQ(RunLine({"collection", "update", "fresh"}).code, 2);
  const Ran compacted = RunLine({"collection", "compact", "fresh", "--json"});
  EXPECT_EQ(compacted.code, 0) << compacted.err;
  EXPECT_THAT(compacted.out, HasSubstr("collections/fresh"));
  EXPECT_THAT(RunLine({"collection", "recall", "fresh", "--sample", "7"}).out,
              HasSubstr("recall@10 0.9800 at ef_search 256, of 7 searches"));
  EXPECT_THAT(RunLine({"collection", "recall", "fresh", "--json"}).out, HasSubstr("\"recall\":0.98"));
  EXPECT_THAT(RunLine({"collection", "update", "fresh", "--target-recall", "0.97", "--json"}).out,
              HasSubstr("\"target_recall\":0.97"));
  EXPECT_EQ(RunLine({"collection", "delete", "fresh"}).code, 0);
  EXPECT_EQ(RunLine({"collection", "compact", "fresh"}).code, 1);
  EXPECT_EQ(RunLine({"collection", "delete", "fresh"}).code, 1);
}

TEST_F(CliRunTest, SimilarityPrintsScores) {
  EXPECT_EQ(RunLine({"similarity", "cat", "dog", "banana"}).out,
            " score  source  target\n0.5000  cat     dog\n0.2500  cat     banana\n");
  EXPECT_THAT(RunLine({"similarity", "cat", "dog", "--json"}).out,
              HasSubstr("{\"source\":\"cat\",\"target\":\"dog\",\"score\":0.5}"));
}

TEST_F(CliRunTest, EmbedJsonKeepsFloats) {
  const Ran ran =
      RunLine({"embed", "--input", "-", "--json"}, "{\"text\":\"abc\"}\n\n{\"text\":\"defg\"}\r\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "{\"embedding\":[0.1,3],\"token_count\":3,\"truncated\":false}\n"
            "{\"embedding\":[0.1,4],\"token_count\":3,\"truncated\":false}\n");
}

TEST_F(CliRunTest, BadTextsAreNamedByLineAndNothingIsPrinted) {
  const Ran ran =
      RunLine({"embed", "--input", "-", "--json"},
              "{\"text\":\"fine\"}\n{\"text\":3}\nnonsense\n{\"text\":\"a\",\"text_pair\":\"b\"}\n"
              "{\"text\":\"\xFF\"}\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, HasSubstr("line 2: text: expected a string, got a number"));
  EXPECT_THAT(ran.err, HasSubstr("line 3: "));
  EXPECT_THAT(ran.err, HasSubstr("line 4: text_pair"));
  EXPECT_THAT(ran.err, HasSubstr("line 5: "));
}

TEST_F(CliRunTest, ATextThatTheServerRefusesIsNamedByLine) {
  const Ran ran = RunLine({"embed", "--input", "-"}, "{\"text\":\"fine\"}\n\n{\"text\":\"\"}\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "voisin: line 3: is empty\n");
}

TEST_F(CliRunTest, ImportSkipsBadLinesAndSaysWhich) {
  const Ran ran =
      RunLine({"import", "notes", "-", "--create", "--json"},
              "{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"n\":1}}\nbad\n{\"id\":\"b\",\"text\":\"y\"}\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"documents\":2"));
  EXPECT_THAT(ran.out, HasSubstr("\"bad\":1"));
  EXPECT_THAT(ran.err, HasSubstr("line 2: "));
  EXPECT_EQ(Notes().at("a").metadata().fields().at("n").number_value(), 1);
}

TEST_F(CliRunTest, StrictImportStopsWithTwo) {
  Notes();
  const Ran ran = RunLine({"import", "notes", "-", "--strict"}, "bad\n{\"id\":\"b\",\"text\":\"y\"}\n");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("line 1: "));
  EXPECT_THAT(Notes(), IsEmpty());
}

TEST_F(CliRunTest, ImportIntoNothingFails) {
  EXPECT_EQ(RunLine({"import", "notes", "-"}, "{\"id\":\"b\",\"text\":\"y\"}\n").code, 1);
  Notes();
  EXPECT_EQ(RunLine({"import", "notes", "-"}, "bad\n").code, 1);
  EXPECT_EQ(RunLine({"import", "notes", "/no/such/file.jsonl"}).code, 2);
}

TEST_F(CliRunTest, ImportSetsApartWhatTheServerRefuses) {
  Notes();
  server_.check_upsert = [](const v1::UpsertDocumentsRequest& request) -> absl::Status {
    for (int i = 0; i < request.documents_size(); ++i) {
      if (request.documents(i).text() != "good") {
        return absl::InvalidArgumentError("documents[" + std::to_string(i) + "].text: too bad");
      }
    }
    return absl::OkStatus();
  };
  const Ran ran = RunLine({"import", "notes", "-", "--json"},
                          "{\"id\":\"a\",\"text\":\"good\"}\n{\"id\":\"b\",\"text\":\"evil\"}\n"
                          "{\"id\":\"c\",\"text\":\"evil\"}\n{\"id\":\"d\",\"text\":\"good\"}\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"documents\":2"));
  EXPECT_THAT(ran.err, HasSubstr("line 2: text: too bad"));
  EXPECT_THAT(ran.err, HasSubstr("line 3: "));
}

TEST_F(CliRunTest, ARepeatedIdIsNeverTwiceInFlightAndTheLastWins) {
  Notes();
  std::string lines;
  for (int i = 0; i < 50; ++i) {
    lines += "{\"id\":\"" + std::to_string(i % 7) + "\",\"text\":\"" + std::to_string(i) + "\"}\n";
  }
  const Ran ran = RunLine({"import", "notes", "-", "--batch", "3"}, lines);
  EXPECT_EQ(ran.code, 0) << ran.err;
  ASSERT_EQ(Notes().size(), 7u);
  for (int i = 43; i < 50; ++i) EXPECT_EQ(Notes()[std::to_string(i % 7)].text(), std::to_string(i));
}

TEST_F(CliRunTest, ImportCutsBatches) {
  Notes();
  std::string lines;
  for (int i = 0; i < 5; ++i) lines += "{\"id\":\"" + std::to_string(i) + "\",\"text\":\"x\"}\n";
  RunLine({"import", "notes", "-", "--batch", "2", "--parallel", "1"}, lines);
  EXPECT_THAT(server_.batches, ElementsAre(2, 2, 1));
}

TEST_F(CliRunTest, BenchPrintsOneLinePerCase) {
  AddNote("a", "x");
  Notes()["a"].add_vector(1);
  const Ran ran = RunLine({"bench", "search", "--collection", "notes", "--requests", "5", "--clients", "2"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::istringstream lines(ran.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_THAT(line, StartsWith("{\"bench\":\"search\",\"case\":\"vector k=10 clients=2\",\"threads\":2,"));
  EXPECT_THAT(line, HasSubstr("\"unit\":\"queries/s\",\"peer\":null,\"peer_value\":null,\"ratio\":null,"
                              "\"recall\":1,\"checked\":true}"));
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_THAT(line, HasSubstr(" p50\""));
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_THAT(line, HasSubstr(" p99\""));
}

TEST_F(CliRunTest, ServePrintsItsConfiguration) {
  const Ran ran =
      RunLine({"serve", "--print-config", "--address", "127.0.0.1:7777", "--set", "limits.top_k=55"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("127.0.0.1:7777"));
  EXPECT_THAT(ran.out, HasSubstr("55"));
  EXPECT_THAT(ran.out, HasSubstr("precision = 'fp32'"));
  EXPECT_THAT(RunLine({"serve", "--print-config", "--precision", "int8"}).out,
              HasSubstr("precision = 'int8'"));
  const Ran refused = RunLine({"serve", "--print-config", "--precision", "fp64"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("expected one of fp32, bf16, int8, got \"fp64\""));
  EXPECT_EQ(RunLine({"serve", "--print-config", "--set", "no_such_key=1"}).code, 2);
  EXPECT_EQ(RunLine({"serve", "--print-config", "--set", "nonsense"}).code, 2);
}

TEST_F(CliRunTest, AMissingModelDirectoryIsAnError) {
  EXPECT_EQ(RunLine({"embed", "--model-dir", "/no/such/model", "text"}).code, 1);
  EXPECT_EQ(RunLine({"embed", "--model-dir", "/no/such/model", "--precision", "fp64", "text"}).code, 2);
  EXPECT_EQ(RunLine({"model", "list", "--models-dir", "/no/such/folder"}).code, 1);
  EXPECT_EQ(RunLine({"model", "convert", "/no/such/package", "/no/such/model"}).code, 1);
}

}  // namespace
}  // namespace voisin::cli
