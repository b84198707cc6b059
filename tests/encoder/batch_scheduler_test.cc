#include "encoder/batch_scheduler.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "base/mutex.h"

namespace voisin::encoder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class NoTokenizer : public Tokenizer {
 public:
  absl::StatusOr<Encoding> Encode(std::string_view, bool) const override { return Encoding(); }
  absl::StatusOr<Encoding> EncodePair(std::string_view, std::optional<std::string_view>,
                                      const EncodeOptions&) const override {
    return Encoding();
  }
  int32_t special_tokens_before() const override { return 0; }
  int32_t special_tokens_after() const override { return 0; }
  std::string_view TokenText(int32_t) const override { return ""; }
  int32_t vocab_size() const override { return 256; }
};

// One token per byte; a row is {first byte, length}. Passes wait while the gate is closed.
class FakeEncoder : public TextEncoder {
 public:
  FakeEncoder() { info_.dimensions = 2; }
  const ModelInfo& info() const override { return info_; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }

  // Windows are four tokens each, without overlap.
  absl::StatusOr<TokenizedText> Tokenize(std::string_view text, Truncation truncation,
                                         std::string_view) const override {
    if (text.empty()) return absl::InvalidArgumentError("text has no token");
    TokenizedText tokenized;
    tokenized.token_count = static_cast<uint32_t>(text.size());
    const size_t first = truncation == Truncation::chunk ? 4 : text.size();
    tokenized.encoding = EncodingOf(text.substr(0, first));
    for (size_t i = first; i < text.size(); i += 4) tokenized.more.push_back(EncodingOf(text.substr(i, 4)));
    return tokenized;
  }

  absl::Status Encode(const Batch& batch, std::span<float> rows) const override {
    MutexLock lock(mutex_);
    passes_.push_back(batch);
    changed_.notify_all();
    while (!open_) changed_.wait(mutex_);
    for (size_t i = 0; i < static_cast<size_t>(batch.size()); ++i) {
      const int32_t begin = batch.cumulative_seq_lengths[i];
      rows[2 * i] = static_cast<float>(batch.input_ids[static_cast<size_t>(begin)]);
      rows[2 * i + 1] = static_cast<float>(batch.cumulative_seq_lengths[i + 1] - begin);
    }
    return absl::OkStatus();
  }

  void SetOpen(bool open) {
    MutexLock lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void WaitForPasses(size_t count) {
    MutexLock lock(mutex_);
    while (passes_.size() < count) changed_.wait(mutex_);
  }
  // The first bytes of each pass's texts.
  std::vector<std::string> passes() const {
    MutexLock lock(mutex_);
    std::vector<std::string> all;
    for (const Batch& batch : passes_) {
      std::string heads;
      for (int32_t i = 0; i < batch.size(); ++i) {
        const int32_t begin = batch.cumulative_seq_lengths[static_cast<size_t>(i)];
        heads += static_cast<char>(batch.input_ids[static_cast<size_t>(begin)]);
      }
      all.push_back(heads);
    }
    return all;
  }
  int32_t largest_pass() const {
    MutexLock lock(mutex_);
    int32_t largest = 0;
    for (const Batch& batch : passes_) largest = std::max(largest, batch.tokens());
    return largest;
  }
  void set_collapse_whitespace() { info_.collapse_whitespace = true; }

 private:
  static Encoding EncodingOf(std::string_view text) {
    Encoding encoding;
    for (const char c : text) encoding.input_ids.push_back(c);
    encoding.token_type_ids.resize(text.size());
    return encoding;
  }

  ModelInfo info_;
  NoTokenizer tokenizer_;
  mutable Mutex mutex_;
  mutable CondVar changed_;
  mutable std::vector<Batch> passes_ ABSL_GUARDED_BY(mutex_);
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
};

EncodeJob JobOf(std::vector<std::string> texts, Lane lane = Lane::query) {
  EncodeJob job;
  job.texts = std::move(texts);
  job.lane = lane;
  return job;
}

using Answer = std::future<absl::StatusOr<EncodeResult>>;

Answer Submit(BatchScheduler& scheduler, EncodeJob job) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<EncodeResult>>>();
  Answer answer = promise->get_future();
  const absl::Status status =
      scheduler.Submit(std::move(job), [promise](auto result) { promise->set_value(std::move(result)); });
  EXPECT_TRUE(status.ok()) << status;
  return answer;
}

class BatchSchedulerTest : public testing::Test {
 protected:
  // One worker, held inside a pass of the text "0".
  void StartBusy(int32_t max_batch_tokens) {
    encoder_.SetOpen(false);
    scheduler_ = BatchScheduler::Create(encoder_, {.threads = 1, .max_batch_tokens = max_batch_tokens});
    first_ = Submit(*scheduler_, JobOf({"0"}));
    encoder_.WaitForPasses(1);
  }
  void Release() { encoder_.SetOpen(true); }

  FakeEncoder encoder_;
  std::unique_ptr<BatchScheduler> scheduler_;
  Answer first_;
};

TEST_F(BatchSchedulerTest, ResultsComeInTheCallersOrder) {
  scheduler_ = BatchScheduler::Create(encoder_, {.threads = 2, .max_batch_tokens = 5});
  const auto result = Submit(*scheduler_, JobOf({"aaaa", "b", "cc", "dddddddd", "e"})).get().value();
  std::vector<std::vector<float>> rows;
  for (const EncodedText& text : result.texts) rows.push_back(text.values);
  EXPECT_THAT(rows, ElementsAre(ElementsAre('a', 4), ElementsAre('b', 1), ElementsAre('c', 2),
                                ElementsAre('d', 8), ElementsAre('e', 1)));
  EXPECT_EQ(result.texts[3].token_count, 8u);
}

TEST_F(BatchSchedulerTest, CallersShareAPassUpToTheBudget) {
  StartBusy(4);
  std::vector<Answer> answers;
  for (const char* text : {"aa", "b", "cc", "dddddd", "e"})
    answers.push_back(Submit(*scheduler_, JobOf({text})));
  Release();
  for (Answer& answer : answers) EXPECT_TRUE(answer.get().ok());
  EXPECT_THAT(encoder_.passes(), ElementsAre("0", "ab", "c", "d", "e"));
}

TEST_F(BatchSchedulerTest, AQueryBeginsWhileAnIngestPassRuns) {
  encoder_.SetOpen(false);
  scheduler_ = BatchScheduler::Create(encoder_, {.threads = 1, .max_batch_tokens = 1});
  std::vector<Answer> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(Submit(*scheduler_, JobOf({"i"}, Lane::ingest)));
  encoder_.WaitForPasses(1);
  answers.push_back(Submit(*scheduler_, JobOf({"q"})));
  encoder_.WaitForPasses(2);  // hangs if the query waits for ingest
  EXPECT_THAT(encoder_.passes(), ElementsAre("i", "q"));
  Release();
  for (Answer& answer : answers) EXPECT_TRUE(answer.get().ok());
}

TEST_F(BatchSchedulerTest, IngestGoesOnWhileAQueryRuns) {
  StartBusy(1);
  Answer ingest = Submit(*scheduler_, JobOf({"i"}, Lane::ingest));
  encoder_.WaitForPasses(2);
  EXPECT_THAT(encoder_.passes(), ElementsAre("0", "i"));
  Release();
  EXPECT_TRUE(ingest.get().ok());
}

TEST_F(BatchSchedulerTest, ErrorsUseTheCallersNumbers) {
  scheduler_ = BatchScheduler::Create(encoder_, {.threads = 1});
  EncodeJob job = JobOf({"a", ""});
  job.numbers = {4, 9};
  const absl::Status status = Submit(*scheduler_, std::move(job)).get().status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("text 9: text has no token"));
}

TEST_F(BatchSchedulerTest, DoneMaySubmitWhileTheSchedulerEnds) {
  StartBusy(1);
  std::promise<void> ingested;
  const absl::Status submitted = scheduler_->Submit(JobOf({"q"}), [&](const auto&) {
    const auto end = [&](const auto& result) {
      EXPECT_TRUE(result.ok());
      ingested.set_value();
    };
    EXPECT_TRUE(scheduler_->Submit(JobOf({"i"}, Lane::ingest), end).ok());
  });
  EXPECT_TRUE(submitted.ok());
  std::thread opener([this] { Release(); });
  BatchScheduler* const ending = scheduler_.get();
  delete ending;  // keeps scheduler_ readable for the callback, as a unique_ptr's own destructor does
  (void)scheduler_.release();
  opener.join();
  ingested.get_future().get();
}

TEST_F(BatchSchedulerTest, ExpiredAndCancelledJobsAreDropped) {
  StartBusy(100);
  EncodeJob expired = JobOf({"x"});
  expired.deadline = absl::Now() - absl::Seconds(1);
  EncodeJob cancelled = JobOf({"y"});
  cancelled.cancelled = [] { return true; };
  Answer late = Submit(*scheduler_, std::move(expired));
  Answer gone = Submit(*scheduler_, std::move(cancelled));
  Answer good = Submit(*scheduler_, JobOf({"z"}));
  Release();
  EXPECT_EQ(late.get().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(gone.get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(good.get().ok());
  EXPECT_THAT(encoder_.passes(), ElementsAre("0", "z"));
}

TEST_F(BatchSchedulerTest, CancelledHalfWayStopsTheRest) {
  StartBusy(1);
  std::atomic<int> asked = 0;
  EncodeJob job = JobOf({"a", "b", "c", "d"});
  job.cancelled = [&asked] { return ++asked > 2; };
  Answer answer = Submit(*scheduler_, std::move(job));
  Release();
  EXPECT_EQ(answer.get().status().code(), absl::StatusCode::kCancelled);
  const int at_done = asked;
  scheduler_.reset();
  EXPECT_EQ(asked, at_done);
  EXPECT_EQ(encoder_.passes().back().find('d'), std::string::npos);
}

TEST_F(BatchSchedulerTest, ABadTextFailsItsJobByNumber) {
  scheduler_ = BatchScheduler::Create(encoder_, {.threads = 2, .max_batch_tokens = 2});
  Answer bad = Submit(*scheduler_, JobOf({"aa", "bb", "", "cc"}));
  Answer good = Submit(*scheduler_, JobOf({"dd"}));
  const absl::Status status = bad.get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("text 2: text has no token"));
  EXPECT_TRUE(good.get().ok());
}

TEST_F(BatchSchedulerTest, AFullQueueRefuses) {
  encoder_.SetOpen(false);
  scheduler_ =
      BatchScheduler::Create(encoder_, {.threads = 1, .max_batch_tokens = 4, .max_queued_bytes = 10});
  first_ = Submit(*scheduler_, JobOf({"0123456789abc"}));  // over the limit, but alone
  const absl::Status refused = scheduler_->Submit(JobOf({"x"}), [](auto) { FAIL() << "done was called"; });
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  Release();
  EXPECT_TRUE(first_.get().ok());
  EXPECT_TRUE(Submit(*scheduler_, JobOf({"x"})).get().ok());
}

EncodeJob LongJob(std::vector<std::string> texts) {
  EncodeJob job = JobOf(std::move(texts));
  job.truncation = Truncation::chunk;
  return job;
}

TEST_F(BatchSchedulerTest, ALongTextIsTheMeanOfItsWindows) {
  scheduler_ = BatchScheduler::Create(encoder_, {.threads = 2, .max_batch_tokens = 8});
  const auto result = Submit(*scheduler_, LongJob({"b", "aaaaccccee", "d"})).get().value();
  EXPECT_EQ(result.texts[1].windows, 3u);
  EXPECT_EQ(result.texts[1].token_count, 10u);
  EXPECT_FALSE(result.texts[1].truncated);
  EXPECT_THAT(result.texts[1].values, ElementsAre((97.f + 99.f + 101.f) / 3, (4.f + 4.f + 2.f) / 3));
  EXPECT_EQ(result.texts[0].windows, 1u);
  EXPECT_THAT(result.texts[2].values, ElementsAre('d', 1));
}

TEST_F(BatchSchedulerTest, ALongTextTakesTurnsWithOthersAndKeepsTheBudget) {
  StartBusy(8);
  Answer slow = Submit(*scheduler_, LongJob({"aaaabbbbccccddddeeee"}));
  Answer fast = Submit(*scheduler_, JobOf({"z"}));
  Release();
  EXPECT_EQ(slow.get()->texts[0].windows, 5u);
  EXPECT_TRUE(fast.get().ok());
  EXPECT_THAT(encoder_.passes(), ElementsAre("0", "ab", "zc", "de"));
  EXPECT_LE(encoder_.largest_pass(), 9);
}

TEST_F(BatchSchedulerTest, CancelledBetweenWindowsStopsTheRest) {
  StartBusy(4);
  std::atomic<int> asked = 0;
  EncodeJob job = LongJob({"aaaabbbbccccdddd"});
  job.cancelled = [&asked] { return ++asked > 2; };
  Answer answer = Submit(*scheduler_, std::move(job));
  Release();
  EXPECT_EQ(answer.get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(encoder_.passes(), ElementsAre("0", "a", "b"));
}

TEST_F(BatchSchedulerTest, NoTextsGiveNoVectors) {
  scheduler_ = BatchScheduler::Create(encoder_, {});
  EXPECT_TRUE(Submit(*scheduler_, JobOf({})).get().value().texts.empty());
}

TEST_F(BatchSchedulerTest, WhiteSpaceIsCollapsedWhereTheModelSaysSo) {
  encoder_.set_collapse_whitespace();
  scheduler_ = BatchScheduler::Create(encoder_, {});
  const auto result = Submit(*scheduler_, JobOf({"  a \n b "})).get().value();
  EXPECT_THAT(result.texts[0].values, ElementsAre('a', 3));
}

TEST_F(BatchSchedulerTest, TheDestructorFinishesWhatIsQueued) {
  StartBusy(2);
  std::vector<Answer> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(Submit(*scheduler_, JobOf({"ab", "c"}, Lane::ingest)));
  std::thread opener([this] { Release(); });
  scheduler_.reset();
  opener.join();
  for (Answer& answer : answers) EXPECT_TRUE(answer.get().ok());
}

TEST_F(BatchSchedulerTest, ManyCallersAtOnceEachGetTheirOwn) {
  scheduler_ = BatchScheduler::Create(encoder_, {.threads = 3, .max_batch_tokens = 16});
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([this, c] {
      for (size_t i = 1; i < 60; ++i) {
        const char letter = static_cast<char>('a' + c);
        std::vector<std::string> texts(i % 7, std::string(1 + i % 11, letter));
        const Lane lane = i % 2 == 0 ? Lane::query : Lane::ingest;
        const auto result = Submit(*scheduler_, JobOf(std::move(texts), lane)).get();
        ASSERT_TRUE(result.ok());
        ASSERT_EQ(result->texts.size(), i % 7);
        for (const EncodedText& text : result->texts) {
          ASSERT_THAT(text.values, ElementsAre(letter, static_cast<float>(1 + i % 11)));
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LE(encoder_.largest_pass(), 16);
}

}  // namespace
}  // namespace voisin::encoder
