#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/files.h"
#include "clients/cli/run.h"
#include "tests/clients/fake_client.h"
#include "tests/clients/fake_hub.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class ModelCommandTest : public testing::Test {
 protected:
  struct Ran {
    int code = 0;
    std::string out;
    std::string err;
  };
  Ran RunLine(std::vector<std::string> words) {
    words.insert(words.begin(), {"voisin", "model"});
    words.insert(words.end(), {"--models-dir", models().string()});
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Console console{
        .in = in, .out = out, .err = err, .address = {}, .hub = hub_.url() + "/", .hub_token = "secret"};
    const int code = cli::Run(static_cast<int>(argv.size()), argv.data(), console);
    return {code, out.str(), err.str()};
  }
  std::filesystem::path source() const { return scratch_.path() / "source"; }
  std::filesystem::path models() const { return scratch_.path() / "models"; }
  void PublishTiny() {
    ASSERT_TRUE(test::WriteTinyModel(source()).ok());
    hub_.Publish(source());
  }

  test::ScratchDir scratch_;
  test::FakeHub hub_;
};

TEST_F(ModelCommandTest, PullsAndLists) {
  PublishTiny();
  const Ran pulled = RunLine({"pull", "owner/tiny"});
  EXPECT_EQ(pulled.code, 0) << pulled.err;
  EXPECT_EQ(pulled.out, (models() / "tiny").string() +
                            " is installed, verified: use_lite, 24 dimensions, at most 32 tokens\n");
  EXPECT_EQ(hub_.RequestsFor("")[0].headers.at("authorization"), "Bearer secret");
  EXPECT_THAT(RunLine({"pull", "owner/tiny"}).out, HasSubstr("was there already, verified"));
  const Ran json = RunLine({"pull", "owner/tiny@main", "--json"});
  EXPECT_THAT(json.out, HasSubstr("\"was_there\":true,\"architecture\":\"use_lite\",\"dimensions\":24"));
  const Ran listed = RunLine({"list"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("use_lite"));
  EXPECT_THAT(listed.out, HasSubstr("yes"));
}

TEST_F(ModelCommandTest, WhatCannotBeLoadedStaysInstalledAndSaysWhy) {
  PublishTiny();
  hub_.Publish("config.json", R"({"model_type": "mamba"})");
  const Ran pulled = RunLine({"pull", "owner/tiny"});
  EXPECT_EQ(pulled.code, 1);
  EXPECT_THAT(pulled.err, HasSubstr("owner/tiny is installed and verified, but cannot be loaded: "));
  EXPECT_THAT(pulled.err, HasSubstr("mamba"));
  ASSERT_TRUE(test::WriteTinyModel(models() / "whole").ok());
  const Ran listed = RunLine({"list", "--json"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("{\"name\":\"tiny\",\"bytes\":"));
  EXPECT_THAT(listed.out, HasSubstr("\"loadable\":false,\"reason\":\""));
  EXPECT_THAT(listed.out, HasSubstr("\"loadable\":true,\"dimensions\":24,\"max_tokens\":32"));
  EXPECT_THAT(listed.out, HasSubstr("\"lexical_language\":\"none\",\"dense_weight\":0.5,"));
}

TEST_F(ModelCommandTest, ANameThatIsNoneIsWrongUse) {
  for (const char* name : {"tiny", "../tiny", "owner/../tiny"}) {
    const Ran ran = RunLine({"pull", name});
    EXPECT_EQ(ran.code, 2) << name;
    EXPECT_THAT(ran.err, HasSubstr("expected OWNER/NAME"));
  }
  EXPECT_EQ(hub_.Requests(), 0u);
}

TEST_F(ModelCommandTest, AHubThatSaysNoIsOne) {
  const Ran ran = RunLine({"pull", "owner/other"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("the hub answered 404"));
  EXPECT_THAT(ran.out, IsEmpty());
}

}  // namespace
}  // namespace voisin::cli
