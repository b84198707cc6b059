#include "tests/stress/crash_fixture.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace voisin::test {
namespace {

// VOISIN_SEED replays a run.
uint64_t ChooseSeed() {
  const char* given = std::getenv("VOISIN_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("VOISIN_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace

void CrashTest::SetUp() {
  random_.seed(ChooseSeed());
  for (int i = 0; i < kWriters; ++i) writers_.emplace_back("w" + std::to_string(i) + "-");
  std::filesystem::create_directory(scratch_.path() / "models");
}

ServerPlaces CrashTest::PlacesFor(const std::filesystem::path& data_dir) const {
  return {data_dir, scratch_.path() / "models", "tiny"};
}

ServerProcess CrashTest::Start(const std::filesystem::path& data_dir) {
  absl::StatusOr<ServerProcess> server = ServerProcess::Start(PlacesFor(data_dir));
  EXPECT_TRUE(server.ok()) << server.status();
  return std::move(server).value();
}

void CrashTest::CreateCollection(client::Client& client) {
  v1::CreateCollectionRequest request;
  request.set_collection_id(kCollection);
  request.mutable_collection()->set_dimensions(kDimensions);
  const auto created = client.CreateCollection(request);
  ASSERT_TRUE(created.ok()) << created.status();
}

void CrashTest::WriteUntilItEnds(ServerProcess& server, int requests, int signal) {
  std::atomic<int> left = requests;
  std::vector<std::thread> threads;
  for (ExpectedState& writer : writers_) {
    threads.emplace_back([&, seed = random_()] {
      std::mt19937_64 own(seed);
      while (writer.WriteSomething(server.client(), own).ok()) {
        if (left.fetch_sub(1) == 1) server.process().Kill(signal);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::string CrashTest::VerifyAll(client::Client& client) {
  uint64_t live = 0;
  for (ExpectedState& writer : writers_) {
    if (std::string problem = writer.Verify(client); !problem.empty()) return problem;
    live += writer.live();
  }
  v1::CountDocumentsRequest request;
  request.set_collection(kCollection);
  const auto counted = client.CountDocuments(request);
  if (!counted.ok()) return counted.status().ToString();
  if (counted->count() == live) return "";
  return "expected " + std::to_string(live) + " documents, got " + std::to_string(counted->count());
}

}  // namespace voisin::test
