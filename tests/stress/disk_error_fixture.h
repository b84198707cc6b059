#pragma once

#include "tests/stress/open_engine.h"
#include "tests/support/disk/disk_recorder.h"
#include "tests/support/scratch_dir.h"

namespace voisin::test {

// One caller of an engine whose disk fails now and then, in calls of some kinds. Knows what must be there: every
// request that was answered, and each that was refused by the disk whole or not at all.
class CallerOnBadDisk {
 public:
  // A new engine over an empty folder.
  CallerOnBadDisk(uint64_t seed, std::set<DiskFault::Call> calls);

  // A random request, or a restart.
  void Step();
  // The disk works again: so does everything, and what is there is what must be, also in an offline check.
  void CheckEverything();
  size_t refusals() const { return refusals_; }

 private:
  using Change = std::function<void(Holdings&)>;

  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool reads_fail() const { return calls_.contains(DiskFault::Call::read); }
  std::string SomeCollection();
  std::string SomeSnapshot();

  void BreakDisk();
  void CheckRefusal(const absl::Status& status);
  // A change of documents: not seen while this engine runs when it is refused, and perhaps there after a start.
  void Write(const Change& change, const std::function<absl::Status()>& request);
  // A change of collections or snapshots: seen or not when it is refused.
  void Administer(const Change& change, const std::function<absl::Status()>& request);
  void Upsert();
  void Delete();
  void ChangeCollections();
  void ChangeSnapshots();
  void Compact();
  void Ask();
  void AskFor(const std::string& collection, const storage::Document& document);
  void Restart();
  void Start();
  // Compares everything with what is possible, which is then what must be.
  void Compare();
  std::vector<Holdings> Possible() const;
  bool AllAnswer();
  bool Writes();

  ScratchDir scratch_;
  std::mt19937_64 random_;
  const std::set<DiskFault::Call> calls_;
  DiskRecorder disk_{scratch_.path()};
  std::optional<OpenEngine> engine_;
  Holdings now_;
  std::vector<Change> refused_;  // since the last change that was not
  int names_ = 0;
  size_t refusals_ = 0;
};

}  // namespace voisin::test
