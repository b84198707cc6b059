#pragma once

#include <atomic>
#include <memory>

#include "index/background_task.h"
#include "index/lexical_index.h"
#include "index/lexical_plan.h"
#include "index/lexical_store.h"
#include "index/shared_cell.h"

namespace voisin::index {

// The one LexicalIndex; threads and locks are those of SegmentedIndex. Searches read the published list; writers and
// the background change `list_` under `mutex_` and publish a copy. Files are written under `files_mutex_`, which is
// taken before `mutex_`.
class SegmentedLexicalIndex final : public LexicalIndex {
 public:
  static absl::StatusOr<Opened> Open(Options options, ThreadPool* background);  // options are checked
  ~SegmentedLexicalIndex() override;

  absl::Status Add(PointId id, std::span<const TermCount> terms) override;
  bool Remove(PointId id) override;
  absl::StatusOr<LexicalResult> Search(const LexicalQuery& query) const override;
  absl::StatusOr<std::vector<float>> Score(std::span<const QueryTerm> terms,
                                           std::span<const PointId> points) const override;
  std::vector<float> InverseDocumentFrequencies(std::span<const TermId> terms) const override;
  absl::Status Save(uint64_t lsn) override;
  absl::Status Compact() override;
  void Consolidate() override;
  void SetParams(const LexicalParams& params) override;
  void SetAppliedLsn(uint64_t lsn) override;
  LexicalStats Stats() const override;
  void WaitUntilIndexed() override;

 private:
  SegmentedLexicalIndex(Options options, ThreadPool* background);
  absl::StatusOr<std::string> Restore();  // what was damaged

  bool ContainsLive(PointId id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Seal() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SealRest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);  // where anything grows
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool MergeAll();  // false when something failed; it was reported
  MergeOptions UsualMerge() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  LexicalPlan NextPlan();
  absl::Status MergeOne(const LexicalPlan& plan);
  // As SegmentedIndex::RebuildWasted.
  absl::Status RewriteWasted();
  absl::StatusOr<std::shared_ptr<LexicalSegment>> Build(const LexicalPlan& plan, uint64_t number) const;
  uint64_t TakeNumber();

  absl::Status SaveIfDue();
  std::optional<uint64_t> DueLsn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);  // nothing: no save is due
  absl::Status SaveState(uint64_t lsn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);
  bool IsSaved(uint64_t lsn) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);

  const Options options_;
  SharedCell<const LexicalParams> params_;
  Mutex params_mutex_;   // SharedCell::Store is for one thread at a time
  Mutex compact_mutex_;  // one Compact at a time; taken before all others
  std::atomic<bool> stop_{false};
  SharedCell<const LexicalSegmentList> published_;

  mutable Mutex files_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  LexicalStore store_ ABSL_GUARDED_BY(files_mutex_);
  uint64_t saved_lsn_ ABSL_GUARDED_BY(files_mutex_) = 0;  // of the newest manifest; 0: none, or of nothing

  mutable Mutex mutex_;
  LexicalSegmentList list_ ABSL_GUARDED_BY(mutex_);
  PointId max_id_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t applied_lsn_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t unsaved_points_ ABSL_GUARDED_BY(mutex_) = 0;  // that were sealed since the newest manifest

  bool consolidate_ ABSL_GUARDED_BY(mutex_) = false;     // the next plan is one of quiet times
  uint64_t no_dead_before_ ABSL_GUARDED_BY(mutex_) = 0;  // see MergeOptions
  CondVar merged_;                                       // a merge has ended, well or not
  absl::Status merge_failure_ ABSL_GUARDED_BY(mutex_);   // of the newest run

  BackgroundTask merges_;  // last: the first to go
};

}  // namespace voisin::index
