#include "service/model_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <random>
#include <sstream>
#include <thread>

#include "base/files.h"
#include "base/thread_pool.h"
#include "service/errors.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/tiny_model.h"

namespace voisin::service {
namespace {

using testing::HasSubstr;

// The tiny model under several names.
class ModelRegistryTest : public testing::Test {
 protected:
  ModelRegistryTest() : log_(LogToStream(lines_, LogFormat::text, LogLevel::debug)) {
    for (const char* name : {"a", "b", "c"}) WriteModel(name);
    bytes_ = ModelMemory(directory() / "a").value();
    options_ = {
        .directory = directory(), .default_model = "a", .scheduler = {.threads = 1}, .memory = 2 * bytes_};
    options_.patience = absl::ZeroDuration();
  }

  std::filesystem::path directory() const { return scratch_.path(); }
  void WriteModel(const std::string& name) { ASSERT_TRUE(test::WriteTinyModel(directory() / name).ok()); }
  void Open() { registry_ = std::make_unique<ModelRegistry>(options_, load_pool_, list_pool_, *log_); }

  std::future<absl::StatusOr<ModelPtr>> Ask(const std::string& name) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<ModelPtr>>>();
    registry_->Find(name,
                    [promise](absl::StatusOr<ModelPtr> found) { promise->set_value(std::move(found)); });
    return promise->get_future();
  }
  absl::StatusOr<ModelPtr> Find(const std::string& name) {
    absl::StatusOr<ModelPtr> found = Ask(name).get();
    WaitUntilIdle();  // the load itself was a use, too
    return found;
  }
  void WaitUntilIdle() {
    std::promise<void> idle;
    EXPECT_TRUE(load_pool_.TrySchedule([&] { idle.set_value(); }));
    idle.get_future().wait();
  }
  absl::StatusOr<std::vector<ModelStatus>> List() {
    std::promise<absl::StatusOr<std::vector<ModelStatus>>> promise;
    registry_->List([&](auto listed) { promise.set_value(std::move(listed)); });
    return promise.get_future().get();
  }
  // After the pools have finished what they do.
  size_t Logged(const std::string& event) {
    WaitUntilIdle();
    const std::string text = lines_.str();
    size_t count = 0;
    for (size_t at = text.find(event); at != std::string::npos; at = text.find(event, at + 1)) ++count;
    return count;
  }

  test::ScratchDir scratch_;
  std::ostringstream lines_;
  std::unique_ptr<Log> log_;
  ThreadPool load_pool_{{.threads = 1}};
  ThreadPool list_pool_{{.threads = 1}};
  uint64_t bytes_ = 0;  // of one model
  ModelRegistry::Options options_;
  std::unique_ptr<ModelRegistry> registry_;
};

TEST_F(ModelRegistryTest, AllWhoAskDuringALoadGetThatOne) {
  Open();
  std::promise<void> go;
  ASSERT_TRUE(load_pool_.TrySchedule([&] { go.get_future().wait(); }));
  std::vector<std::future<absl::StatusOr<ModelPtr>>> asked;
  for (int i = 0; i < 8; ++i) asked.push_back(Ask("a"));
  asked.push_back(Ask(""));  // the default
  go.set_value();
  const auto first = asked.front().get();
  ASSERT_TRUE(first.ok()) << first.status();
  for (size_t i = 1; i < asked.size(); ++i) EXPECT_EQ(asked[i].get()->get(), first->get());
  EXPECT_EQ(Logged("model_loaded"), 1u);
}

TEST_F(ModelRegistryTest, TheLeastRecentlyUsedIdleModelLeaves) {
  Open();
  ASSERT_TRUE(Find("a").ok());
  ASSERT_TRUE(Find("b").ok());
  ASSERT_TRUE(Find("a").ok());
  EXPECT_EQ(Logged("model_evicted"), 0u);
  ASSERT_TRUE(Find("c").ok());  // takes the place of b
  EXPECT_EQ(Logged("model_evicted"), 1u);
  ASSERT_TRUE(Find("a").ok());
  EXPECT_EQ(Logged("model_loaded"), 3u);
  ASSERT_TRUE(Find("b").ok());
  EXPECT_EQ(Logged("model_loaded"), 4u);
}

TEST_F(ModelRegistryTest, AModelInUseIsNeverEvicted) {
  Open();
  {
    const auto a = Find("a");
    const auto b = Find("b");
    ASSERT_TRUE(a.ok() && b.ok());
    const absl::Status status = Find("c").status();
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_TRUE(RetryDelayOf(status).has_value());
    EXPECT_THAT(std::string(MessageOf(status)),
                HasSubstr("model \"c\" needs about " + std::to_string(bytes_)));
    EXPECT_TRUE((*a)->encoder->Tokenize("hello world", encoder::Truncation::error, "").ok());
  }
  EXPECT_EQ(Logged("model_evicted"), 0u);
  EXPECT_TRUE(Find("c").ok());
}

TEST_F(ModelRegistryTest, ALoadWaitsForAModelThatIsAboutToBeIdle) {
  options_.memory = bytes_;
  options_.patience = absl::Minutes(5);
  Open();
  auto a = Find("a");
  auto b = Ask("b");
  a = absl::CancelledError();  // ends the use
  EXPECT_TRUE(b.get().ok());
}

TEST_F(ModelRegistryTest, AModelLargerThanAllMemoryIsRefusedByName) {
  options_.memory = bytes_ - 1;
  Open();
  const absl::Status status = Find("b").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(PreconditionOf(status)->subject, "models/b");
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("models_memory is " + std::to_string(bytes_ - 1)));
}

TEST_F(ModelRegistryTest, ALoadThatFailsLeavesRoomAndIsTriedAgain) {
  options_.memory = bytes_;
  Open();
  std::filesystem::rename(directory() / "b/config.json", directory() / "b/kept");
  EXPECT_FALSE(Find("b").ok());
  EXPECT_TRUE(Find("a").ok());
  std::filesystem::rename(directory() / "b/kept", directory() / "b/config.json");
  EXPECT_TRUE(Find("b").ok());
}

TEST_F(ModelRegistryTest, ListsWithoutLoading) {
  Open();
  const auto listed = List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 3u);
  EXPECT_EQ(Logged("model_loaded"), 0u);
  const auto loaded = Find("b");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->info().fingerprint, (*listed)[1].fingerprint);
  WriteModel("d");
  EXPECT_EQ(List()->size(), 4u);
  EXPECT_TRUE(Find("d").ok());
}

TEST_F(ModelRegistryTest, DescribesADirectoryAsItIsNow) {
  Open();
  const std::string before = List()->front().fingerprint;
  const auto weights = directory() / "a/model.safetensors";
  std::string bytes = ReadFile(weights).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(WriteFileAtomically(weights, bytes).ok());
  EXPECT_NE(List()->front().fingerprint, before);
}

TEST_F(ModelRegistryTest, PrecisionHoldsForWhatIsListedAndWhatIsLoaded) {
  Open();
  const std::string exact = List()->front().fingerprint;
  options_.precision = encoder::Precision::int8;
  Open();
  const ModelStatus listed = List()->front();
  EXPECT_EQ(listed.precision, encoder::Precision::int8);
  EXPECT_NE(listed.fingerprint, exact);
  const auto loaded = Find("a");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->info().precision, encoder::Precision::int8);
  EXPECT_EQ((*loaded)->info().fingerprint, listed.fingerprint);
}

TEST_F(ModelRegistryTest, ManyCallersOfMoreModelsThanFit) {
  options_.memory = 2 * bytes_;
  options_.patience = absl::Minutes(5);
  Open();
  constexpr int kCallers = 4;
  std::atomic<int> failures = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      std::mt19937 random(static_cast<uint32_t>(caller));
      for (int i = 0; i < 25; ++i) {
        const std::string name(1, static_cast<char>('a' + random() % 3));
        const auto model = Ask(name).get();
        std::promise<absl::Status> encoded;
        if (!model.ok() || (*model)->name != name) {
          ++failures;
          continue;
        }
        encoder::EncodeJob job;
        job.texts = {"hello world"};
        // The use ends on the scheduler's own thread.
        const absl::Status submitted = (*model)->scheduler->Submit(
            std::move(job),
            [&encoded, held = *model](const auto& result) { encoded.set_value(result.status()); });
        if (!submitted.ok() || !encoded.get_future().get().ok()) ++failures;
      }
    });
  }
  callers.emplace_back([&] {
    for (int i = 0; i < 25; ++i) failures += List().ok() ? 0 : 1;
  });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(Logged("model_evicted"), 0u);
  EXPECT_EQ(Logged("model_loaded"), Logged("model_evicted") + 2);
}

}  // namespace
}  // namespace voisin::service
