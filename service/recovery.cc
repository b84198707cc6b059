#include "service/recovery.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

constexpr size_t kPointsPerRead = 1024;

// Makes an index follow the log. Points are read from the store many at a time; those that no longer live are
// skipped.
class Replay {
 public:
  Replay(const RecoveryInput& input, const storage::DocumentStore& store, index::VectorIndex& index,
         storage::Lsn applied)
      : input_(input), store_(store), index_(index), lsn_(applied) {}

  absl::Status Run() {
    const auto visit = [this](const storage::Change& change) { return Take(change); };
    RETURN_IF_ERROR(store_.ReadChanges(input_.number, lsn_, visit));
    return AddWaiting();
  }
  storage::Lsn lsn() const { return lsn_; }
  uint64_t added() const { return added_; }

 private:
  absl::Status Take(const storage::Change& change) {
    RETURN_IF_ERROR(CheckFollows(change));
    for (storage::PointId point : change.removed) index_.Remove(point);
    for (uint32_t i = 0; i < change.upserted; ++i) {
      waiting_.push_back(change.first_point + i);
      if (waiting_.size() >= kPointsPerRead) RETURN_IF_ERROR(AddWaiting());
    }
    lsn_ = change.lsn;
    return absl::OkStatus();
  }

  // A log without holes goes on exactly where the index stopped.
  absl::Status CheckFollows(const storage::Change& change) const {
    const storage::Lsn first = change.upserted > 0 ? change.first_point : change.lsn;
    if (first == lsn_ + 1) return absl::OkStatus();
    return absl::DataLossError("expected change " + std::to_string(lsn_ + 1) + ", got " +
                               std::to_string(first));
  }

  absl::Status AddWaiting() {
    if (input_.stop()) return absl::CancelledError("recovery was stopped");
    constexpr storage::ReadMask kOnlyVector{.text = false, .metadata = false, .vector = true};
    ASSIGN_OR_RETURN(const auto documents, store_.GetPoints(input_.number, waiting_, kOnlyVector));
    for (const std::optional<storage::StoredDocument>& stored : documents) {
      if (!stored) continue;
      RETURN_IF_ERROR(index_.Add(stored->point, stored->document.vector));
      ++added_;
    }
    waiting_.clear();
    return absl::OkStatus();
  }

  const RecoveryInput& input_;
  const storage::DocumentStore& store_;
  index::VectorIndex& index_;
  storage::Lsn lsn_;
  uint64_t added_ = 0;
  std::vector<storage::PointId> waiting_;
};

absl::Status CheckComplete(const RecoveryInput& input, const storage::DocumentStore& store,
                           const index::VectorIndex& index, storage::Lsn lsn) {
  ASSIGN_OR_RETURN(const storage::Lsn last, store.LastLsn(input.number));
  if (lsn != last) {
    return absl::DataLossError("expected changes up to " + std::to_string(last) + ", got them up to " +
                               std::to_string(lsn));
  }
  ASSIGN_OR_RETURN(const uint64_t live, store.Count(input.number));
  const uint64_t points = index.Stats().points;
  if (points == live) return absl::OkStatus();
  return absl::DataLossError("expected " + std::to_string(live) + " points, got " + std::to_string(points));
}

absl::StatusOr<RecoveredIndex> CatchUp(const RecoveryInput& input, const storage::DocumentStore& store,
                                       index::VectorIndex::Opened opened) {
  Replay replay(input, store, *opened.index, opened.applied_lsn);
  RETURN_IF_ERROR(replay.Run());
  RETURN_IF_ERROR(CheckComplete(input, store, *opened.index, replay.lsn()));
  opened.index->SetAppliedLsn(replay.lsn());
  return RecoveredIndex{std::move(opened.index), replay.lsn(), replay.added(), false};
}

absl::StatusOr<RecoveredIndex> Rebuild(const RecoveryInput& input, const storage::DocumentStore& store,
                                       ThreadPool& background) {
  std::error_code ignored;  // what cannot be removed, Open reports
  std::filesystem::remove_all(input.index.directory, ignored);
  ASSIGN_OR_RETURN(index::VectorIndex::Opened opened, index::VectorIndex::Open(input.index, &background));
  RecoveredIndex recovered{std::move(opened.index), 0, 0, true};
  ASSIGN_OR_RETURN(recovered.lsn, store.LastLsn(input.number));
  RETURN_IF_ERROR(
      store.ReadVectors(input.number, 0, [&](storage::PointId point, std::span<const float> vector) {
        if (++recovered.replayed % kPointsPerRead == 0 && input.stop()) {
          return absl::CancelledError("recovery was stopped");
        }
        return recovered.index->Add(point, vector);
      }));
  recovered.index->SetAppliedLsn(recovered.lsn);
  RETURN_IF_ERROR(CheckComplete(input, store, *recovered.index, recovered.lsn));
  return recovered;
}

// Cancelled, or why the files cannot be used.
absl::StatusOr<RecoveredIndex> OpenAndCatchUp(const RecoveryInput& input, const storage::DocumentStore& store,
                                              ThreadPool& background) {
  ASSIGN_OR_RETURN(index::VectorIndex::Opened opened, index::VectorIndex::Open(input.index, &background));
  if (!opened.damage.empty()) return absl::DataLossError(opened.damage);
  return CatchUp(input, store, std::move(opened));
}

}  // namespace

absl::StatusOr<RecoveredIndex> RecoverIndex(const RecoveryInput& input, const storage::DocumentStore& store,
                                            ThreadPool& background, const Log& log) {
  const absl::Time start = absl::Now();
  absl::StatusOr<RecoveredIndex> recovered = OpenAndCatchUp(input, store, background);
  if (!recovered.ok() && !absl::IsCancelled(recovered.status())) {
    log.Warning("index_rebuild", {{"collection", input.id}, {"reason", MessageOf(recovered.status())}});
    recovered = Rebuild(input, store, background);
  }
  if (!recovered.ok()) return recovered;
  log.Info("collection_ready", {{"collection", input.id},
                                {"lsn", recovered->lsn},
                                {"points", recovered->index->Stats().points},
                                {"replayed", recovered->replayed},
                                {"rebuilt", recovered->rebuilt},
                                {"milliseconds", absl::ToInt64Milliseconds(absl::Now() - start)}});
  return recovered;
}

}  // namespace voisin::service
