// The power goes at a random moment, again and again: no acknowledged write is lost and no half write is seen. The disk
// forgets what was not synced, names in folders too. The seed is printed; VOISIN_SEED=n runs it again with the same
// requests and choices (threads meet in another order).
#include <algorithm>
#include <cstdlib>

#include "tests/stress/power_loss_fixture.h"
#include "tests/stress/seed.h"

namespace voisin::test {
namespace {

namespace fs = std::filesystem;

int Losses() {
  const char* given = std::getenv("VOISIN_POWER_LOSSES");
  return given == nullptr ? 12 : std::atoi(given);
}

class PowerLossTest : public testing::Test {
 protected:
  static constexpr int kLossesPerRound = 6;

  // Works on what the last loss left, then looks at what losses at several moments of that leave.
  void Round(int losses) {
    const fs::path disk_dir = NewFolder();
    disk_.WriteTo(disk_dir);
    DiskRecorder disk(disk_dir);
    {
      OpenEngine engine(disk_dir / "data");
      ASSERT_TRUE(engine.status().ok()) << engine.status();
      workers_.Work(*engine, disk);
    }
    const std::vector<DiskOp> ops = disk.ops();
    for (int i = 0; i < losses && !HasFailure(); ++i) Lose(disk.start(), ops, random_() % (ops.size() + 1));
    workers_.GoOnFromFound();
  }

 private:
  void Lose(const DiskState& start, const std::vector<DiskOp>& ops, size_t position) {
    disk_ = AfterPowerLoss(start, std::span(ops).first(position), random_);
    const fs::path left = NewFolder();
    disk_.WriteTo(left);
    const std::string when =
        "power lost at operation " + std::to_string(position) + " of " + std::to_string(ops.size());
    {
      OpenEngine engine(left / "data");
      ASSERT_EQ(workers_.Verify(engine, position), "") << when;
    }
    EXPECT_EQ(CheckOffline(left / "data"), "") << when;
    fs::remove_all(left);
  }

  fs::path NewFolder() { return scratch_.path() / std::to_string(++folders_); }

  ScratchDir scratch_;
  std::mt19937_64 random_{ChooseSeed()};
  Workers workers_{random_()};
  DiskState disk_;
  int folders_ = 0;
};

TEST_F(PowerLossTest, NothingAcknowledgedIsLostAndNothingIsThereByHalf) {
  for (int left = Losses(); left > 0 && !HasFailure(); left -= kLossesPerRound) {
    Round(std::min(left, kLossesPerRound));
  }
}

}  // namespace
}  // namespace voisin::test
