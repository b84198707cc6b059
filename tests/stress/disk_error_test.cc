// A disk that fails calls (EIO) under the whole engine: RocksDB's files and our own. Each round prints its seed;
// VOISIN_SEED=n runs that round first, with the same requests and failures (background threads meet in another order).
#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "tests/stress/disk_error_fixture.h"
#include "tests/stress/seed.h"

namespace voisin::test {
namespace {

using Call = DiskFault::Call;

constexpr int kSteps = 60;

int Rounds() {
  const char* given = std::getenv("VOISIN_POWER_LOSSES");
  return given == nullptr ? 2 : std::max(1, std::atoi(given) / 10);
}

void RunRounds(const std::set<Call>& calls) {
  const uint64_t first = ChooseSeed();
  size_t refusals = 0;
  for (int round = 0; round < Rounds() && !testing::Test::HasFailure(); ++round) {
    const uint64_t seed = first + static_cast<uint64_t>(round);
    SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
    CallerOnBadDisk caller(seed, calls);
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) caller.Step();
    if (!testing::Test::HasFailure()) caller.CheckEverything();
    refusals += caller.refusals();
  }
  std::cout << refusals << " requests and starts were refused" << std::endl;
}

TEST(DiskErrorTest, WhatIsAnsweredIsThereAndWhatIsRefusedIsWholeOrNot) {
  RunRounds({Call::make, Call::write, Call::sync});
}

TEST(DiskErrorTest, WhatCannotBeReadIsAnErrorAndNeverAWrongAnswer) { RunRounds({Call::read}); }

TEST(DiskErrorTest, AnythingMayFail) { RunRounds({Call::make, Call::write, Call::sync, Call::read}); }

// One collection on a disk that the test breaks.
class BrokenDiskTest : public testing::Test {
 protected:
  BrokenDiskTest() {
    EXPECT_TRUE(engine()->CreateCollection(SpecOf("c")).ok());
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(Upsert().ok());
  }
  OpenEngine& engine() { return *engine_; }

  absl::Status Upsert() {
    const Documents documents = SomeDocuments("d", random_);
    absl::Status status = engine()->Upsert(UpsertOf("c", documents)).status();
    if (!status.ok()) return status;
    for (const auto& [id, document] : documents) expected_.insert_or_assign(id, document);
    return status;
  }
  void Restart() {
    engine_.reset();
    engine_.emplace(scratch_.path() / "data");
    ASSERT_TRUE(engine().status().ok()) << engine().status();
  }
  void CheckDocuments() {
    EXPECT_EQ(engine().ListAll("c"), expected_);
    EXPECT_EQ(engine().CompareAnswers("c", expected_), "");
  }

  ScratchDir scratch_;
  std::mt19937_64 random_{1};
  DiskRecorder disk_{scratch_.path()};
  std::optional<OpenEngine> engine_{scratch_.path() / "data"};
  Documents expected_;
};

TEST_F(BrokenDiskTest, WritesAreRefusedUntilTheNextStartAndSearchesGoOn) {
  for (const Call call : {Call::sync, Call::write}) {
    for (const bool in_memory : {true, false}) {
      if (!in_memory) {
        ASSERT_TRUE(engine()->CreateSnapshot("c").ok()) << "which writes the tables";
      }
      disk_.Fail({.calls = {call}, .path_part = ".log", .error = EIO, .times = 1});
      for (int i = 0; i < 3; ++i) {
        const absl::Status refused = Upsert();
        EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
        EXPECT_THAT(refused.ToString(), testing::HasSubstr("Input/output error"));
        EXPECT_TRUE(absl::IsUnavailable(engine()->CreateSnapshot("c").status())) << "of what was refused";
      }
      CheckDocuments();
      Restart();
      expected_ = engine().ListAll("c").value();
      CheckDocuments();
      const absl::Status written = Upsert();
      EXPECT_TRUE(written.ok()) << written;
    }
  }
}

// Right after a flush: the tables in memory are empty.
TEST_F(BrokenDiskTest, WritesWorkAgainWhenAFullDiskHasRoom) {
  ASSERT_TRUE(engine()->CreateSnapshot("c").ok());
  disk_.Fail({.calls = {Call::write}, .path_part = ".log", .error = ENOSPC});
  EXPECT_TRUE(absl::IsResourceExhausted(Upsert()));
  disk_.Heal();
  EXPECT_EQ(UntilItWorks([&] { return Upsert(); }), absl::OkStatus());
  CheckDocuments();
  Restart();
  CheckDocuments();
}

TEST_F(BrokenDiskTest, AnIndexThatCannotBeReadIsRebuilt) {
  Restart();
  for (const int skip : {0, 1, 2, 3, 4, 5}) {
    disk_.Fail({.calls = {Call::read}, .path_part = "data/index/", .error = EIO, .skip = skip, .times = 1});
    Restart();
    EXPECT_EQ(disk_.failures(), 1u);
    CheckDocuments();
  }
}

}  // namespace
}  // namespace voisin::test
