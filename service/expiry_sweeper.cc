#include "service/expiry_sweeper.h"

#include <chrono>
#include <future>
#include <map>
#include <memory>

#include "service/errors.h"

namespace voisin::service {
namespace {

constexpr std::chrono::seconds kPeriod(1);
constexpr size_t kAtOnce = 1000;

}  // namespace

ExpirySweeper::ExpirySweeper(const Runtime& runtime, Collections& collections)
    : runtime_(runtime), collections_(collections), task_({.period = kPeriod}, [this] { Sweep(); }) {}

void ExpirySweeper::Sweep() {
  while (SweepSome()) {
  }
}

bool ExpirySweeper::SweepSome() {
  const auto expired = runtime_.store.FindExpired(NowMicros(), kAtOnce);
  if (!expired.ok()) {
    runtime_.log.Error("expiry_failed", {{"reason", MessageOf(expired.status())}});
    return false;
  }
  std::map<storage::CollectionNumber, std::vector<storage::Deletion>> deletions;
  for (const storage::Expired& one : *expired) deletions[one.collection].push_back({one.id, one.point});
  bool deleted = false;
  for (auto& [number, versions] : deletions) deleted |= DeleteFrom(number, std::move(versions));
  return deleted && expired->size() == kAtOnce;
}

bool ExpirySweeper::DeleteFrom(storage::CollectionNumber number, std::vector<storage::Deletion> deletions) {
  const Lease lease = collections_.UseNumber(number);
  if (lease == nullptr) return false;
  const auto answered = std::make_shared<std::promise<absl::StatusOr<DeleteResult>>>();
  lease->DeleteVersions(std::move(deletions), [answered](absl::StatusOr<DeleteResult> result) {
    answered->set_value(std::move(result));
  });
  const absl::StatusOr<DeleteResult> result = answered->get_future().get();
  if (!result.ok()) {
    runtime_.log.Warning("expiry_failed",
                         {{"collection", lease->id()}, {"reason", MessageOf(result.status())}});
    return false;
  }
  runtime_.log.Debug("expired", {{"collection", lease->id()}, {"documents", uint64_t{result->deleted}}});
  return result->deleted > 0;
}

}  // namespace voisin::service
