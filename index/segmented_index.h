#pragma once

#include <atomic>
#include <memory>

#include "index/background_task.h"
#include "index/index_store.h"
#include "index/segment_build.h"
#include "index/shared_cell.h"
#include "index/vector_index.h"

namespace voisin::index {

// The one VectorIndex. Searches read the published list; writers and the background change `list_` under
// `mutex_` and publish a copy. Files are written under `files_mutex_`, which is taken before `mutex_`.
class SegmentedIndex final : public VectorIndex {
 public:
  static absl::StatusOr<Opened> Open(Options options, ThreadPool* background);  // options are checked
  ~SegmentedIndex() override;

  absl::Status Add(PointId id, std::span<const float> vector) override;
  bool Remove(PointId id) override;
  absl::StatusOr<SearchResult> Search(const Query& query) const override;
  absl::Status Save(uint64_t lsn) override;
  absl::Status Compact() override;
  void Consolidate() override;
  void SetParams(const IndexParams& params) override;
  void SetAppliedLsn(uint64_t lsn) override;
  IndexStats Stats() const override;
  void WaitUntilIndexed() override;

 private:
  SegmentedIndex(Options options, ThreadPool* background);
  absl::StatusOr<std::string> Restore();  // what was damaged
  void TakeContents(const IndexStore::Contents& contents) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Append(PointId id, const float* vector) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ContainsLive(PointId id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Seal() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SealRest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);  // where anything grows
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool BuildAll();       // false when a build failed; it was reported
  BuildPlan NextPlan();  // an empty one ends the run
  absl::Status BuildOne(const BuildPlan& plan);
  // Leaves to the file what shall not stay in memory; the same segment where there is none, or it cannot be written.
  std::shared_ptr<GraphSegment> Settle(std::shared_ptr<GraphSegment> built)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);
  void Install(const BuildPlan& plan, std::shared_ptr<GraphSegment> built);
  // Returns when no point is left that is waste in a segment of now, whatever is written meanwhile.
  absl::Status RebuildWasted();

  void SaveIfDue();
  std::optional<uint64_t> DueLsn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);  // nothing: no save is due
  void ReportFailure(const absl::Status& status) const;
  absl::Status SaveState(uint64_t lsn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);
  bool IsSaved(uint64_t lsn) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);

  const Options options_;
  const Scorer scorer_;
  std::atomic<uint32_t> ef_search_;
  std::atomic<bool> stop_{false};
  SharedCell<const SegmentList> published_;

  Mutex compact_mutex_ ABSL_ACQUIRED_BEFORE(files_mutex_);  // one Compact at a time
  mutable Mutex files_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  IndexStore store_ ABSL_GUARDED_BY(files_mutex_);
  uint64_t saved_lsn_ ABSL_GUARDED_BY(files_mutex_) = 0;  // of the newest manifest; 0: none, or of nothing

  mutable Mutex mutex_;
  BuildOptions build_options_ ABSL_GUARDED_BY(mutex_);
  SegmentList list_ ABSL_GUARDED_BY(mutex_);
  PointId max_id_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t applied_lsn_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  bool consolidate_ ABSL_GUARDED_BY(mutex_) = false;     // the next plan is one of quiet times
  uint64_t unsaved_points_ ABSL_GUARDED_BY(mutex_) = 0;  // that came into graphs since the newest manifest
  CondVar built_;                                        // a build has ended, well or not
  absl::Status build_failure_ ABSL_GUARDED_BY(mutex_);   // of the newest run

  BackgroundTask builds_;  // last: the first to go
};

}  // namespace voisin::index
