#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/stress/expected_state.h"
#include "tests/stress/server_process.h"
#include "tests/support/scratch_dir.h"

namespace voisin::test {

// Several writers against a server in a child process, over one data folder.
class CrashTest : public testing::Test {
 protected:
  static constexpr int kWriters = 4;

  void SetUp() override;
  // A child that is ready; ends the test when it does not come up.
  ServerProcess Start(const std::filesystem::path& data_dir);
  ServerProcess Start() { return Start(data_dir()); }
  std::filesystem::path data_dir() const { return scratch_.path() / "data"; }
  const std::filesystem::path& scratch() const { return scratch_.path(); }
  ServerPlaces PlacesFor(const std::filesystem::path& data_dir) const;
  static void CreateCollection(client::Client& client);

  // Writes from all writers until each was refused; after `requests` acknowledged ones, `signal` goes to the server.
  void WriteUntilItEnds(ServerProcess& server, int requests, int signal);
  // Empty, or the first thing that is wrong.
  std::string VerifyAll(client::Client& client);

  std::mt19937_64& random() { return random_; }

 private:
  ScratchDir scratch_;
  std::mt19937_64 random_;
  std::vector<ExpectedState> writers_;
};

}  // namespace voisin::test
