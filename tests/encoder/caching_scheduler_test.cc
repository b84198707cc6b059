#include "encoder/caching_scheduler.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "absl/time/clock.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::encoder {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Keeps jobs until the test answers them; a text's vector is {its length, number of the job}.
class HandScheduler : public BatchScheduler {
 public:
  absl::Status Submit(EncodeJob job, Done done) override {
    if (!refusal.ok()) return refusal;
    jobs.push_back(std::move(job));
    dones.push_back(std::move(done));
    return absl::OkStatus();
  }
  void Answer(size_t number) {
    EncodeResult result;
    for (const std::string& text : jobs[number].texts) {
      result.texts.push_back({{static_cast<float>(text.size()), static_cast<float>(number)}, 1, false});
    }
    result.encode = absl::Milliseconds(1);
    const Done done = dones[number];
    done(std::move(result));
  }
  void Fail(size_t number, absl::Status status) {
    const Done done = dones[number];
    done(std::move(status));
  }

  absl::Status refusal;
  std::vector<EncodeJob> jobs;
  std::vector<Done> dones;
};

EncodeJob JobOf(std::vector<std::string> texts, Lane lane = Lane::query) {
  EncodeJob job;
  job.texts = std::move(texts);
  job.lane = lane;
  return job;
}

struct Answer {
  int calls = 0;
  absl::StatusOr<EncodeResult> result = absl::UnknownError("no answer yet");

  std::vector<float> values(size_t text) const { return result->texts[text].values; }
};

class CachingSchedulerTest : public testing::Test {
 protected:
  static constexpr int64_t kMaxWaitingBytes = 1000;

  void SetUp() override { Make("fingerprint"); }
  void Make(const std::string& fingerprint, bool collapse_whitespace = false) {
    ModelInfo info;
    info.fingerprint = fingerprint;
    info.collapse_whitespace = collapse_whitespace;
    auto inner = std::make_unique<HandScheduler>();
    inner_ = inner.get();
    scheduler_ = CachingScheduler::Create(std::move(inner), info, cache_, kMaxWaitingBytes);
  }
  std::shared_ptr<Answer> Ask(EncodeJob job) {
    auto answer = std::make_shared<Answer>();
    submitted_ = scheduler_->Submit(std::move(job), [answer](absl::StatusOr<EncodeResult> result) {
      ++answer->calls;
      answer->result = std::move(result);
    });
    return answer;
  }

  EmbeddingCache cache_{1 << 20};
  std::unique_ptr<CachingScheduler> scheduler_;
  HandScheduler* inner_ = nullptr;
  absl::Status submitted_;
};

TEST_F(CachingSchedulerTest, EncodesATextOnce) {
  const auto first = Ask(JobOf({"a", "bb"}));
  inner_->Answer(0);
  const auto second = Ask(JobOf({"bb", "ccc", "a"}));
  EXPECT_THAT(inner_->jobs[1].texts, ElementsAre("ccc"));
  inner_->Answer(1);
  EXPECT_THAT(second->values(0), ElementsAre(2, 0));
  EXPECT_THAT(second->values(1), ElementsAre(3, 1));
  EXPECT_THAT(second->values(2), ElementsAre(1, 0));
  const auto third = Ask(JobOf({"a"}));
  EXPECT_EQ(third->calls, 1);  // within Submit
  EXPECT_EQ(inner_->jobs.size(), 2u);
  EXPECT_EQ(scheduler_->counts().hits, 3u);
  EXPECT_EQ(scheduler_->counts().misses, 3u);
}

TEST_F(CachingSchedulerTest, ARepeatedTextOfOneRequestIsEncodedOnce) {
  const auto answer = Ask(JobOf({"a", "bb", "a"}));
  EXPECT_THAT(inner_->jobs[0].texts, ElementsAre("a", "bb"));
  inner_->Answer(0);
  EXPECT_THAT(answer->values(2), ElementsAre(1, 0));
  EXPECT_EQ(answer->calls, 1);
}

TEST_F(CachingSchedulerTest, TwinsInFlightShareOneComputation) {
  const auto first = Ask(JobOf({"a"}));
  const auto second = Ask(JobOf({"a", "bb"}));
  const auto third = Ask(JobOf({"a"}, Lane::ingest));
  EXPECT_EQ(inner_->jobs.size(), 2u);
  EXPECT_THAT(inner_->jobs[1].texts, ElementsAre("bb"));
  inner_->Answer(0);
  EXPECT_EQ(first->calls, 1);
  EXPECT_EQ(second->calls, 0);
  EXPECT_THAT(third->values(0), ElementsAre(1, 0));
  inner_->Answer(1);
  EXPECT_THAT(second->values(0), ElementsAre(1, 0));
  EXPECT_THAT(second->values(1), ElementsAre(2, 1));
}

TEST_F(CachingSchedulerTest, AQueryDoesNotWaitForIngest) {
  const auto document = Ask(JobOf({"a"}, Lane::ingest));
  const auto query = Ask(JobOf({"a"}));
  ASSERT_EQ(inner_->jobs.size(), 2u);
  EXPECT_EQ(inner_->jobs[1].lane, Lane::query);
  inner_->Answer(1);
  EXPECT_EQ(query->calls, 1);
  inner_->Answer(0);
  EXPECT_EQ(document->calls, 1);
}

TEST_F(CachingSchedulerTest, WhoLeavesTakesNobodyAlong) {
  const auto first = Ask(JobOf({"a", "bb"}));
  const auto second = Ask(JobOf({"a"}));
  const auto third = Ask(JobOf({"bb", "a"}));
  inner_->Fail(0, absl::CancelledError("gone"));
  EXPECT_TRUE(absl::IsCancelled(first->result.status()));
  ASSERT_EQ(inner_->jobs.size(), 3u);  // the two that waited encode one text each
  inner_->Answer(1);
  inner_->Answer(2);
  EXPECT_TRUE(second->result.ok());
  EXPECT_TRUE(third->result.ok());
  EXPECT_EQ(third->values(0)[0], 2);
  EXPECT_EQ(second->calls + third->calls, 2);
}

TEST_F(CachingSchedulerTest, WhoWaitedKeepsItsOwnDeadlineAndPatience) {
  EncodeJob hasty = JobOf({"a"});
  hasty.deadline = absl::Now() + absl::Hours(1);
  const absl::Time deadline = absl::Now() + absl::Hours(2);
  EncodeJob patient = JobOf({"a"}, Lane::ingest);
  patient.deadline = deadline;
  const auto first = Ask(std::move(hasty));
  const auto second = Ask(std::move(patient));
  inner_->Fail(0, absl::DeadlineExceededError("late"));
  EXPECT_TRUE(absl::IsDeadlineExceeded(first->result.status()));
  ASSERT_EQ(inner_->jobs.size(), 2u);
  EXPECT_EQ(inner_->jobs[1].deadline, deadline);
  EXPECT_EQ(inner_->jobs[1].lane, Lane::ingest);
  inner_->Answer(1);
  EXPECT_TRUE(second->result.ok());
}

TEST_F(CachingSchedulerTest, AnErrorReachesAllAndIsForgotten) {
  const auto first = Ask(JobOf({"a"}));
  const auto second = Ask(JobOf({"a"}));
  inner_->Fail(0, absl::InvalidArgumentError("bad"));
  ASSERT_EQ(inner_->jobs.size(), 2u);
  inner_->Fail(1, absl::InvalidArgumentError("bad"));
  EXPECT_TRUE(absl::IsInvalidArgument(first->result.status()));
  EXPECT_TRUE(absl::IsInvalidArgument(second->result.status()));
  const auto third = Ask(JobOf({"a"}));
  ASSERT_EQ(inner_->jobs.size(), 3u);
  inner_->Answer(2);
  EXPECT_TRUE(third->result.ok());
}

TEST_F(CachingSchedulerTest, ErrorsKeepTheCallersNumbers) {
  (void)Ask(JobOf({"a"}));
  inner_->Answer(0);
  (void)Ask(JobOf({"a", "x", "a", "yy"}));
  EXPECT_THAT(inner_->jobs[1].numbers, ElementsAre(1, 3));
}

TEST_F(CachingSchedulerTest, WhoIsLateOrGoneIsRefusedAtOnce) {
  EncodeJob late = JobOf({"a"});
  late.deadline = absl::Now() - absl::Seconds(1);
  EncodeJob gone = JobOf({"a"});
  gone.cancelled = [] { return true; };
  EXPECT_TRUE(absl::IsDeadlineExceeded(Ask(std::move(late))->result.status()));
  EXPECT_TRUE(absl::IsCancelled(Ask(std::move(gone))->result.status()));
  EXPECT_THAT(inner_->jobs, IsEmpty());
}

TEST_F(CachingSchedulerTest, ARefusalLeavesNothingBehind) {
  inner_->refusal = absl::ResourceExhaustedError("full");
  const auto refused = Ask(JobOf({"a"}));
  EXPECT_TRUE(absl::IsResourceExhausted(submitted_));
  EXPECT_EQ(refused->calls, 0);
  inner_->refusal = absl::OkStatus();
  const auto answer = Ask(JobOf({"a"}));
  ASSERT_EQ(inner_->jobs.size(), 1u);
  inner_->Answer(0);
  EXPECT_TRUE(answer->result.ok());
}

TEST_F(CachingSchedulerTest, WaitingTwinsAreBoundedToo) {
  const std::string text(300, 'x');
  int refused = 0;
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 0; i < 10; ++i) {
    auto answer = Ask(JobOf({text}));
    if (submitted_.ok()) answers.push_back(std::move(answer));
    if (absl::IsResourceExhausted(submitted_)) ++refused;
  }
  EXPECT_EQ(answers.size(), 3u);
  EXPECT_EQ(refused, 7);
  inner_->Answer(0);
  for (const auto& answer : answers) EXPECT_EQ(answer->calls, 1);
  EXPECT_EQ(Ask(JobOf({text}))->calls, 1);
}

TEST_F(CachingSchedulerTest, NoTextsGiveNoVectors) { EXPECT_THAT(Ask(JobOf({}))->result->texts, IsEmpty()); }

TEST_F(CachingSchedulerTest, ModelsAndTruncationsAreKeptApart) {
  (void)Ask(JobOf({"a"}));
  inner_->Answer(0);
  EncodeJob cut = JobOf({"a"});
  cut.truncation = Truncation::end;
  (void)Ask(std::move(cut));
  EXPECT_EQ(inner_->jobs.size(), 2u);
  inner_->Answer(1);
  Make("other fingerprint");
  (void)Ask(JobOf({"a"}));
  EXPECT_EQ(inner_->jobs.size(), 1u);
  inner_->Answer(0);
}

TEST_F(CachingSchedulerTest, PromptsAreKeptApart) {
  const std::vector<std::pair<std::string, std::string>> asked = {{"", "q: a"}, {"q: ", "a"}, {"q", ": a"}};
  for (size_t i = 0; i < asked.size(); ++i) {
    EncodeJob job = JobOf({asked[i].second});
    job.prompt = asked[i].first;
    (void)Ask(std::move(job));
    ASSERT_EQ(inner_->jobs.size(), i + 1);
    EXPECT_EQ(inner_->jobs[i].prompt, asked[i].first);
    EXPECT_THAT(inner_->jobs[i].texts, ElementsAre(asked[i].second));
    inner_->Answer(i);
  }
}

TEST_F(CachingSchedulerTest, WhiteSpaceCountsWhereTheModelSeesIt) {
  (void)Ask(JobOf({"a b"}));
  (void)Ask(JobOf({" a  b"}));
  EXPECT_EQ(inner_->jobs.size(), 2u);
  Make("collapsing", true);
  (void)Ask(JobOf({"a b"}));
  (void)Ask(JobOf({" a  b"}));
  EXPECT_EQ(inner_->jobs.size(), 1u);
}

class CachedTinyModelTest : public testing::Test {
 protected:
  CachedTinyModelTest() {
    EXPECT_TRUE(test::WriteTinyModel(scratch_.path() / "tiny").ok());
    encoder_ = TextEncoder::Load(scratch_.path() / "tiny").value();
  }
  std::unique_ptr<CachingScheduler> Scheduler(EmbeddingCache& cache) const {
    return CachingScheduler::Create(BatchScheduler::Create(*encoder_, {}), encoder_->info(), cache, 1 << 20);
  }
  static absl::StatusOr<EncodeResult> Await(BatchScheduler& scheduler, EncodeJob job) {
    std::promise<absl::StatusOr<EncodeResult>> promise;
    const absl::Status submitted = scheduler.Submit(
        std::move(job), [&](absl::StatusOr<EncodeResult> result) { promise.set_value(std::move(result)); });
    if (!submitted.ok()) return submitted;
    return promise.get_future().get();
  }

  test::ScratchDir scratch_;
  std::unique_ptr<TextEncoder> encoder_;
};

TEST_F(CachedTinyModelTest, CachedIsUncachedBitForBit) {
  EmbeddingCache cache(1 << 20);
  const auto cached = Scheduler(cache);
  const auto plain = BatchScheduler::Create(*encoder_, {});
  for (const char* text : {"hello world", "a", "some other text"}) {
    const auto expected = Await(*plain, JobOf({text})).value();
    for (int i = 0; i < 2; ++i) {
      const auto result = Await(*cached, JobOf({text})).value();
      EXPECT_EQ(result.texts[0].values, expected.texts[0].values);
      EXPECT_EQ(result.texts[0].token_count, expected.texts[0].token_count);
    }
  }
  EXPECT_EQ(cached->counts().hits, 3u);
}

// Callers on every lane, some who leave, some with bad texts, over a cache too small for all.
TEST_F(CachedTinyModelTest, ManyCallersEachGetTheirOwn) {
  EmbeddingCache cache(4 << 10);
  const auto scheduler = Scheduler(cache);
  std::vector<std::vector<float>> expected;
  for (int i = 0; i < 26; ++i) {
    expected.push_back(
        Await(*scheduler, JobOf({std::string(3, static_cast<char>('a' + i))}))->texts[0].values);
  }
  std::vector<std::thread> callers;
  for (size_t c = 0; c < 4; ++c) {
    callers.emplace_back([&, c] {
      for (size_t i = 0; i < 200; ++i) {
        const size_t first = (i * (c + 3)) % 26;
        const size_t second = (i + c) % 26;
        EncodeJob job = JobOf(
            {std::string(3, static_cast<char>('a' + first)), std::string(3, static_cast<char>('a' + second))},
            i % 3 == 0 ? Lane::ingest : Lane::query);
        const bool bad = i % 7 == c;
        if (bad) job.texts.emplace_back("\xff");
        if (i % 5 == c)
          job.cancelled = [asked = std::make_shared<std::atomic<int>>(0)] { return ++*asked > 2; };
        const bool leaves = job.cancelled != nullptr;
        const auto result = Await(*scheduler, std::move(job));
        if (result.ok()) {
          ASSERT_FALSE(bad);
          for (size_t d = 0; d < expected[first].size(); ++d) {
            ASSERT_NEAR(result->texts[0].values[d], expected[first][d], 1e-6);
            ASSERT_NEAR(result->texts[1].values[d], expected[second][d], 1e-6);
          }
        } else {
          ASSERT_TRUE(bad || leaves) << result.status();
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

}  // namespace
}  // namespace voisin::encoder
