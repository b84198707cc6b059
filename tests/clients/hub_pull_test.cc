#include "clients/hub/pull.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "clients/hub/staging.h"
#include "encoder/text_encoder.h"
#include "tests/clients/fake_hub.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::hub {
namespace {

namespace fs = std::filesystem;
using test::HttpReply;
using test::SeenRequest;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kWeights[] = "model.safetensors";

class HubPullTest : public testing::Test {
 protected:
  HubPullTest() {
    EXPECT_TRUE(test::WriteTinyModel(source()).ok());
    hub_.Publish(source());
    hub_.Publish("README.md", "# Tiny");
    hub_.Publish("onnx/config.json", "{}");
    hub_.Publish("pytorch_model.bin", "pickle");
    options_.hub.url = hub_.url();
    options_.hub.http.low_speed_time = absl::Seconds(1);
    options_.hub.retry.attempts = 3;
    options_.hub.retry.sleep = [this](absl::Duration pause) { pauses_.push_back(pause); };
    options_.models_dir = models();
  }

  fs::path source() const { return scratch_.path() / "source"; }
  fs::path models() const { return scratch_.path() / "models"; }
  fs::path installed() const { return models() / "tiny"; }
  fs::path staging() const { return models() / ".pulling-tiny"; }
  std::string weights() const { return ReadFile(source() / kWeights).value(); }

  absl::StatusOr<Pulled> PullTiny() { return Pull({.owner = "owner", .name = "tiny"}, options_); }
  std::string Refusal(absl::StatusCode code) {
    const absl::Status status = PullTiny().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_FALSE(fs::exists(installed()));
    return std::string(status.message());
  }
  // Answers the next requests for `path` by these, one each; null: truly.
  void Trick(const std::string& path, std::vector<std::function<HttpReply(HttpReply)>> answers) {
    hub_.Play([this, path, answers,
               next = size_t{0}](const SeenRequest& request) mutable -> std::optional<HttpReply> {
      if (!IsFor(request, path) || next >= answers.size()) return std::nullopt;
      return answers[next++](hub_.Answer(request));
    });
  }
  void TrickAlways(const std::string& path, std::function<HttpReply(HttpReply)> answer) {
    hub_.Play([this, path, answer](const SeenRequest& request) -> std::optional<HttpReply> {
      return IsFor(request, path) ? std::optional(answer(hub_.Answer(request))) : std::nullopt;
    });
  }

  test::ScratchDir scratch_;
  test::FakeHub hub_;
  PullOptions options_;
  std::vector<absl::Duration> pauses_;
};

HttpReply CutAfter(HttpReply reply, size_t bytes) {
  reply.cut_after = bytes;
  return reply;
}

HttpReply Failing(int status) { return {.status = status}; }

TEST_F(HubPullTest, InstallsWhatAnEncoderNeeds) {
  uint64_t last = 0;
  options_.progress = [&](uint64_t done, uint64_t total) {
    EXPECT_LE(done, total);
    last = done;
  };
  const auto pulled = PullTiny();
  ASSERT_TRUE(pulled.ok()) << pulled.status();
  EXPECT_EQ(pulled->directory, installed());
  EXPECT_FALSE(pulled->was_there);
  EXPECT_EQ(last, pulled->bytes);
  const auto encoder = encoder::TextEncoder::Load(installed());
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  EXPECT_EQ((*encoder)->info().fingerprint, encoder::TextEncoder::Describe(source())->fingerprint);
  for (const char* other : {"README.md", "onnx", "pytorch_model.bin"})
    EXPECT_FALSE(fs::exists(installed() / other));
  EXPECT_FALSE(fs::exists(staging()));
  EXPECT_THAT(pauses_, IsEmpty());
}

TEST_F(HubPullTest, WhatIsThereIsVerifiedAndNotFetchedAgain) {
  ASSERT_TRUE(PullTiny().ok());
  const size_t before = hub_.Requests();
  const auto again = PullTiny();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->was_there);
  EXPECT_EQ(hub_.Requests(), before + 1);  // the listing
}

TEST_F(HubPullTest, ADamagedFileIsFetchedAgainAlone) {
  ASSERT_TRUE(PullTiny().ok());
  std::string bytes = weights();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(WriteFileAtomically(installed() / kWeights, bytes).ok());
  const size_t before = hub_.Requests();
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_EQ(hub_.Requests(), before + 2);
  EXPECT_EQ(ReadFile(installed() / kWeights).value(), weights());
}

TEST_F(HubPullTest, GoesOnWhereAConnectionBroke) {
  Trick(kWeights, {[](HttpReply reply) { return CutAfter(reply, 1000); }});
  ASSERT_TRUE(PullTiny().ok());
  const auto requests = hub_.RequestsFor(kWeights);
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[1].headers.at("range"), "bytes=1000-");
  EXPECT_TRUE(requests[1].headers.contains("if-range"));
  EXPECT_THAT(pauses_, testing::ElementsAre(absl::Seconds(1)));
}

TEST_F(HubPullTest, AnotherCallGoesOnWhereTheFirstStopped) {
  options_.hub.retry.attempts = 1;
  Trick(kWeights, {[](HttpReply reply) { return CutAfter(reply, 1000); }});
  EXPECT_THAT(Refusal(absl::StatusCode::kUnavailable), HasSubstr(kWeights));
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_EQ(hub_.RequestsFor(kWeights).back().headers.at("range"), "bytes=1000-");
  EXPECT_THAT(hub_.RequestsFor("config.json"), SizeIs(1));
}

TEST_F(HubPullTest, AServerWithoutRangesBeginsAnew) {
  const auto whole = [this](HttpReply reply) {
    return HttpReply{.headers = {{"ETag", reply.headers["ETag"]}}, .body = weights()};
  };
  Trick(kWeights, {[&](HttpReply reply) { return CutAfter(whole(reply), 1000); }, whole});
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_THAT(hub_.RequestsFor(kWeights), SizeIs(2));
}

TEST_F(HubPullTest, WithoutAnEtagNothingIsContinued) {
  Trick(kWeights, {[](HttpReply reply) {
          reply.headers.clear();
          return CutAfter(reply, 1000);
        }});
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_FALSE(hub_.RequestsFor(kWeights)[1].headers.contains("range"));
}

TEST_F(HubPullTest, AnotherRangeThanAskedIsNotTaken) {
  Trick(kWeights, {[](HttpReply reply) { return CutAfter(reply, 1000); },
                   [](HttpReply reply) {
                     reply.headers["Content-Range"] = "bytes 0-9/10";
                     return reply;
                   }});
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_THAT(hub_.RequestsFor(kWeights), SizeIs(3));
}

TEST_F(HubPullTest, BadBytesOfAnEarlierCallAreFetchedAfresh) {
  options_.hub.retry.attempts = 1;
  Trick(kWeights, {[](HttpReply reply) {
          reply.body[10] = static_cast<char>(reply.body[10] ^ 1);
          return CutAfter(reply, 1000);
        }});
  EXPECT_FALSE(PullTiny().ok());
  ASSERT_TRUE(PullTiny().ok());
  const auto requests = hub_.RequestsFor(kWeights);
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_FALSE(requests[2].headers.contains("range"));
}

TEST_F(HubPullTest, AStalledTransferEnds) {
  options_.hub.retry.attempts = 2;
  TrickAlways(kWeights, [](HttpReply reply) {
    reply = CutAfter(reply, 100);
    reply.stall = true;
    return reply;
  });
  EXPECT_THAT(Refusal(absl::StatusCode::kUnavailable), HasSubstr("too slow"));
  EXPECT_THAT(hub_.RequestsFor(kWeights), SizeIs(2));
}

TEST_F(HubPullTest, OtherBytesThanListedAreRefused) {
  for (const char* path : {"config.json", kWeights}) {
    TrickAlways(path, [](HttpReply reply) {
      reply.body.back() = static_cast<char>(reply.body.back() ^ 1);
      return reply;
    });
    const std::string refusal = Refusal(absl::StatusCode::kDataLoss);
    EXPECT_THAT(refusal, HasSubstr(path));
    EXPECT_THAT(refusal, HasSubstr("the hub lists"));
  }
}

TEST_F(HubPullTest, MoreOrFewerBytesThanListedAreRefused) {
  TrickAlways(kWeights, [](HttpReply reply) {
    reply.body += "more";
    return reply;
  });
  EXPECT_THAT(Refusal(absl::StatusCode::kDataLoss), HasSubstr("sends more"));
  TrickAlways(kWeights, [this](HttpReply) { return HttpReply{.body = weights().substr(0, 500)}; });
  EXPECT_THAT(Refusal(absl::StatusCode::kUnavailable), HasSubstr("and sent 500"));
}

TEST_F(HubPullTest, SaysWhatTheHubAnswered) {
  TrickAlways("", [](HttpReply) { return Failing(404); });
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound), HasSubstr("no such model"));
  TrickAlways("", [](HttpReply) { return Failing(401); });
  EXPECT_THAT(Refusal(absl::StatusCode::kPermissionDenied), HasSubstr("VOISIN_HUB_TOKEN"));
  TrickAlways("", [](HttpReply) { return HttpReply{.body = "<html>"}; });
  EXPECT_THAT(Refusal(absl::StatusCode::kInvalidArgument), HasSubstr("/api/models/owner/tiny"));
  EXPECT_THAT(pauses_, IsEmpty());
  hub_.Play(nullptr);
  options_.hub.url = "http://127.0.0.1:1";
  EXPECT_THAT(Refusal(absl::StatusCode::kUnavailable), HasSubstr("127.0.0.1:1"));
}

TEST_F(HubPullTest, ServerErrorsAreTriedAgainSoManyTimes) {
  TrickAlways("", [](HttpReply) { return Failing(500); });
  EXPECT_THAT(Refusal(absl::StatusCode::kUnavailable), HasSubstr("answered 500"));
  EXPECT_EQ(hub_.Requests(), 3u);
  EXPECT_THAT(pauses_, testing::ElementsAre(absl::Seconds(1), absl::Seconds(2)));
}

TEST_F(HubPullTest, WaitsAsLongAsTheHubAsksButNotForever) {
  const auto later = [](const char* seconds) {
    return [seconds](HttpReply) { return HttpReply{.status = 429, .headers = {{"Retry-After", seconds}}}; };
  };
  Trick("config.json", {later("7")});
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_THAT(pauses_, testing::ElementsAre(absl::Seconds(7)));
  Trick("", {later("3600")});
  EXPECT_THAT(std::string(PullTiny().status().message()), HasSubstr("asked to wait 1h"));
}

TEST_F(HubPullTest, TheTokenGoesToTheHubAlone) {
  options_.hub.http.token = "secret";
  const test::HttpServer storage([this](const SeenRequest& request) { return hub_.Answer(request); });
  hub_.Play([&](const SeenRequest& request) -> std::optional<HttpReply> {
    if (!IsFor(request, kWeights)) return std::nullopt;
    return HttpReply{.status = 302, .headers = {{"Location", storage.url() + request.target}}};
  });
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_EQ(hub_.RequestsFor("")[0].headers.at("authorization"), "Bearer secret");
  EXPECT_EQ(hub_.RequestsFor(kWeights)[0].headers.at("authorization"), "Bearer secret");
  ASSERT_THAT(storage.seen(), SizeIs(1));
  EXPECT_FALSE(storage.seen()[0].headers.contains("authorization"));
}

TEST_F(HubPullTest, RedirectsWithoutEndAreNotFollowed) {
  TrickAlways("", [](HttpReply) {
    return HttpReply{.status = 307, .headers = {{"Location", "?recursive=true"}}};
  });
  EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition), HasSubstr("redirects more than 10 times"));
  TrickAlways("", [](HttpReply) {
    return HttpReply{.status = 302, .headers = {{"Location", "file:///etc/passwd"}}};
  });
  (void)Refusal(absl::StatusCode::kFailedPrecondition);
}

TEST_F(HubPullTest, AListingThatLeadsOutOfTheModelIsRefused) {
  for (const char* path : {"../config.json", "1_Pooling/../../config.json", "/etc/config.json", "a//b"}) {
    hub_.Publish(path, "evil");
    EXPECT_THAT(Refusal(absl::StatusCode::kInvalidArgument), HasSubstr(path));
    hub_.Withdraw(path);
  }
  EXPECT_FALSE(fs::exists(models() / "config.json"));
}

TEST_F(HubPullTest, AListingOfSeveralPagesIsReadToItsEnd) {
  hub_.Play([this](const SeenRequest& request) -> std::optional<HttpReply> {
    if (IsFor(request, "")) {
      return HttpReply{.headers = {{"Link", "<" + hub_.url() + "/page2>; rel=\"next\""}}, .body = "[]"};
    }
    if (request.target != "/page2") return std::nullopt;
    SeenRequest listing = request;
    listing.target = "/api/models/owner/tiny/tree/main?recursive=true";
    return hub_.Answer(listing);
  });
  EXPECT_TRUE(PullTiny().ok());
  TrickAlways("", [](HttpReply reply) {
    reply.headers["Link"] = "<http://127.0.0.1:1/evil>; rel=\"next\"";
    return reply;
  });
  EXPECT_TRUE(absl::IsFailedPrecondition(PullTiny().status()));
}

TEST_F(HubPullTest, SaysWhatAModelLacks) {
  hub_.Withdraw(kWeights);
  EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition),
              HasSubstr("owner/tiny has its weights only in pytorch_model.bin"));
  hub_.Publish(kWeights, weights());
  hub_.Withdraw("tokenizer.json");
  EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition), HasSubstr("no tokenizer.json"));
  hub_.Withdraw("config.json");
  EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition), HasSubstr("no config.json"));
}

TEST_F(HubPullTest, ShardsComeWithTheirIndex) {
  hub_.Withdraw(kWeights);
  hub_.Publish("model.safetensors.index.json", R"({"weight_map":{"a":"model-00001-of-00002.safetensors"}})");
  hub_.Publish("model-00001-of-00002.safetensors", "one");
  hub_.Publish("model-00002-of-00002.safetensors", "two");
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_EQ(ReadFile(installed() / "model-00002-of-00002.safetensors").value(), "two");
  EXPECT_TRUE(fs::exists(installed() / "model.safetensors.index.json"));
}

TEST_F(HubPullTest, ANewRevisionReplacesTheOldOneAndFetchesWhatChanged) {
  ASSERT_TRUE(PullTiny().ok());
  hub_.Publish("config.json", ReadFile(source() / "config.json").value() + "\n");
  const auto pulled = PullTiny();
  ASSERT_TRUE(pulled.ok()) << pulled.status();
  EXPECT_FALSE(pulled->was_there);
  EXPECT_THAT(hub_.RequestsFor(kWeights), SizeIs(1));
  EXPECT_THAT(hub_.RequestsFor("config.json"), SizeIs(2));
  EXPECT_TRUE(ReadFile(installed() / "config.json")->ends_with("\n"));
  EXPECT_FALSE(fs::exists(staging()));
}

TEST_F(HubPullTest, NeverReplacesWhatItDidNotPull) {
  fs::create_directories(installed());
  EXPECT_TRUE(absl::IsAlreadyExists(PullTiny().status()));
  ASSERT_TRUE(WriteFileAtomically(installed() / ".pulled-from", "other/tiny@main\n").ok());
  const absl::Status status = PullTiny().status();
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("was pulled from other/tiny"));
  EXPECT_FALSE(fs::exists(installed() / "config.json"));
}

TEST_F(HubPullTest, OnePullOfANameAtATime) {
  const auto other = Staging::Open(staging());
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_THAT(Refusal(absl::StatusCode::kAborted), HasSubstr("another process"));
}

TEST_F(HubPullTest, WhatAnotherRevisionLeftBehindIsNotInstalled) {
  fs::create_directories(staging() / "9_Old");
  ASSERT_TRUE(WriteFileAtomically(staging() / "9_Old/config.json", "{}").ok());
  ASSERT_TRUE(WriteFileAtomically(staging() / "spiece.model", "old").ok());
  ASSERT_TRUE(PullTiny().ok());
  EXPECT_FALSE(fs::exists(installed() / "9_Old"));
  EXPECT_FALSE(fs::exists(installed() / "spiece.model"));
}

}  // namespace
}  // namespace voisin::hub
