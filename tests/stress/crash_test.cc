#include <signal.h>

#include <cstdlib>
#include <string>

#include "absl/time/clock.h"

#include "tests/stress/crash_fixture.h"

namespace voisin::test {
namespace {

constexpr absl::Duration kEnd = absl::Seconds(60);

// VOISIN_CRASHES: a number, or "all".
int Crashes() {
  const char* given = std::getenv("VOISIN_CRASHES");
  if (given == nullptr) return 5;
  return std::string(given) == "all" ? 30 : std::atoi(given);
}

TEST_F(CrashTest, EveryAcknowledgedWriteSurvivesSigkill) {
  ServerProcess server = Start();
  CreateCollection(server.client());
  for (int crash = 0; crash < Crashes(); ++crash) {
    WriteUntilItEnds(server, 1 + static_cast<int>(random()() % 150), SIGKILL);
    const absl::StatusOr<Exit> exit = server.process().Wait(kEnd);
    ASSERT_TRUE(exit.ok()) << exit.status();
    ASSERT_EQ(exit->signal, SIGKILL) << server.process().Output();
    server = Start();
    ASSERT_EQ(VerifyAll(server.client()), "") << "after crash " << crash;
  }
}

// A start that is cut off, again and again, loses nothing either.
TEST_F(CrashTest, KilledWhileItStartsItLosesNothing) {
  ServerProcess server = Start();
  CreateCollection(server.client());
  WriteUntilItEnds(server, 100, SIGKILL);
  ASSERT_TRUE(server.process().Wait(kEnd).ok());
  for (int i = 0; i < 3; ++i) {
    absl::StatusOr<ServerProcess> starting = ServerProcess::Launch(PlacesFor(data_dir()));
    ASSERT_TRUE(starting.ok()) << starting.status();
    starting->WaitUntilListening(absl::Milliseconds(random()() % 200));
    starting->process().Kill(SIGKILL);
    ASSERT_TRUE(starting->process().Wait(kEnd).ok());
  }
  server = Start();
  EXPECT_EQ(VerifyAll(server.client()), "");
}

TEST_F(CrashTest, SigtermDrainsUnderLoad) {
  ServerProcess server = Start();
  CreateCollection(server.client());
  for (int round = 0; round < 2; ++round) {
    WriteUntilItEnds(server, 60, SIGTERM);
    const absl::StatusOr<Exit> exit = server.process().Wait(kEnd);
    ASSERT_TRUE(exit.ok()) << exit.status();
    EXPECT_EQ(exit->signal, 0);
    EXPECT_EQ(exit->code, 0) << server.process().Output();
    server = Start();
    ASSERT_EQ(VerifyAll(server.client()), "");
  }
}

// The first drain would wait for the idle client.
TEST_F(CrashTest, ASecondSigtermEndsADrainAtOnceAndLosesNothing) {
  ServerProcess server = Start();
  CreateCollection(server.client());
  WriteUntilItEnds(server, 60, SIGKILL);
  ASSERT_TRUE(server.process().Wait(kEnd).ok());
  server = Start();
  ASSERT_EQ(VerifyAll(server.client()), "");
  server.process().Kill(SIGTERM);
  const absl::Time end = absl::Now() + kEnd;
  while (server.process().Output().find("stopping") == std::string::npos && absl::Now() < end) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  server.process().Kill(SIGTERM);
  const absl::StatusOr<Exit> exit = server.process().Wait(kEnd);
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_EQ(exit->signal, SIGTERM) << server.process().Output();
  server = Start();
  EXPECT_EQ(VerifyAll(server.client()), "");
}

TEST_F(CrashTest, SecondServerOnTheSameDataIsRefusedByName) {
  ServerProcess first = Start();
  CreateCollection(first.client());
  absl::StatusOr<ServerProcess> second = ServerProcess::Launch(PlacesFor(data_dir()));
  ASSERT_TRUE(second.ok()) << second.status();
  const absl::StatusOr<Exit> exit = second->process().Wait(kEnd);
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_EQ(exit->signal, 0);
  EXPECT_NE(exit->code, 0);
  EXPECT_NE(second->process().Output().find(data_dir().string()), std::string::npos)
      << second->process().Output();
  EXPECT_TRUE(first.client().GetCollection(kCollection).ok());
}

}  // namespace
}  // namespace voisin::test
