#include "service/recovery.h"

#include <utility>

#include "base/status_macros.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

constexpr size_t kPointsPerRead = 1024;

// Makes an index follow the log. Points are read from the store many at a time; those that no longer live are
// skipped.
class Replay {
 public:
  Replay(const RecoveryInput& input, const storage::DocumentStore& store, RecoverableIndex& index,
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
    ASSIGN_OR_RETURN(const auto documents, store_.GetPoints(input_.number, waiting_, index_.needs()));
    for (const std::optional<storage::StoredDocument>& stored : documents) {
      if (!stored) continue;
      RETURN_IF_ERROR(index_.Add(*stored));
      ++added_;
    }
    waiting_.clear();
    return absl::OkStatus();
  }

  const RecoveryInput& input_;
  const storage::DocumentStore& store_;
  RecoverableIndex& index_;
  storage::Lsn lsn_;
  uint64_t added_ = 0;
  std::vector<storage::PointId> waiting_;
};

absl::Status CheckComplete(const RecoveryInput& input, const storage::DocumentStore& store,
                           const RecoverableIndex& index, storage::Lsn lsn) {
  ASSIGN_OR_RETURN(const storage::Lsn last, store.LastLsn(input.number));
  if (lsn != last) {
    return absl::DataLossError("expected changes up to " + std::to_string(last) + ", got them up to " +
                               std::to_string(lsn));
  }
  ASSIGN_OR_RETURN(const uint64_t live, store.Count(input.number));
  const uint64_t points = index.points();
  if (points == live) return absl::OkStatus();
  return absl::DataLossError("expected " + std::to_string(live) + " points, got " + std::to_string(points));
}

// Cancelled, or why the files cannot be used.
absl::StatusOr<Recovered> OpenAndCatchUp(const RecoveryInput& input, RecoverableIndex& index,
                                         const storage::DocumentStore& store) {
  ASSIGN_OR_RETURN(const RecoverableIndex::Found found, index.Open());
  if (!found.damage.empty()) return absl::DataLossError(found.damage);
  Replay replay(input, store, index, found.applied_lsn);
  RETURN_IF_ERROR(replay.Run());
  RETURN_IF_ERROR(CheckComplete(input, store, index, replay.lsn()));
  index.SetAppliedLsn(replay.lsn());
  return Recovered{replay.lsn(), found.applied_lsn, replay.added(), false};
}

absl::StatusOr<Recovered> Rebuild(const RecoveryInput& input, RecoverableIndex& index,
                                  const storage::DocumentStore& store) {
  RETURN_IF_ERROR(index.RemoveFiles());
  RETURN_IF_ERROR(index.Open().status());
  Recovered recovered{.lsn = 0, .durable = 0, .replayed = 0, .rebuilt = true};
  ASSIGN_OR_RETURN(recovered.lsn, store.LastLsn(input.number));
  RETURN_IF_ERROR(index.AddAll(store, input.number, [&] {
    const bool stopped = ++recovered.replayed % kPointsPerRead == 0 && input.stop();
    return stopped ? absl::CancelledError("recovery was stopped") : absl::OkStatus();
  }));
  index.SetAppliedLsn(recovered.lsn);
  RETURN_IF_ERROR(CheckComplete(input, store, index, recovered.lsn));
  return recovered;
}

}  // namespace

absl::StatusOr<Recovered> RecoverIndex(const RecoveryInput& input, RecoverableIndex& index,
                                       const storage::DocumentStore& store, const Log& log) {
  absl::StatusOr<Recovered> recovered = OpenAndCatchUp(input, index, store);
  if (recovered.ok() || absl::IsCancelled(recovered.status())) return recovered;
  log.Warning("index_rebuild",
              {{"collection", input.id}, {"index", index.name()}, {"reason", MessageOf(recovered.status())}});
  return Rebuild(input, index, store);
}

}  // namespace voisin::service
