#pragma once

#include "tests/stress/open_engine.h"
#include "tests/support/disk/disk_recorder.h"
#include "tests/support/scratch_dir.h"

namespace voisin::test {

inline constexpr char kBusy[] = "busy";    // what the writers write to, all at once
inline constexpr char kStill[] = "still";  // what snapshots are made of

// Writers and an administrator at work on an engine whose disk is recorded; each is one thread.
class Workers {
 public:
  explicit Workers(uint64_t seed);
  // Some requests of each. Returns when all are answered.
  void Work(BlockingEngine& engine, const DiskRecorder& disk);
  // Empty, or what must be there after a loss of power at `position` and is not, or the other way round. `found` is
  // then what the histories go on from.
  std::string Verify(OpenEngine& engine, size_t position);
  void GoOnFromFound();

 private:
  static constexpr int kWriters = 3;
  struct Writer {
    std::string prefix;
    std::mt19937_64 random;
    History<Documents> history;
    Documents found;
  };
  void Write(Writer& writer, BlockingEngine& engine, const DiskRecorder& disk);
  void Administer(BlockingEngine& engine, const DiskRecorder& disk);
  void AddToStill(BlockingEngine& engine, const DiskRecorder& disk);
  void ChangeHoldings(BlockingEngine& engine, const DiskRecorder& disk);
  std::string VerifyHoldings(OpenEngine& engine, size_t position);
  std::string VerifyWriters(OpenEngine& engine, size_t position);

  std::vector<Writer> writers_;
  std::mt19937_64 random_;  // the administrator's
  History<Holdings> holdings_;
  Holdings found_;
  int names_ = 0;
};

}  // namespace voisin::test
