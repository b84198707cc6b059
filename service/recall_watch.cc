#include "service/recall_watch.h"

#include "service/errors.h"

namespace voisin::service {

RecallWatch::RecallWatch(const Runtime& runtime, Collections& collections, absl::Duration period)
    : runtime_(runtime),
      collections_(collections),
      task_({.period = absl::ToChronoNanoseconds(period), .nice = kBackgroundNice}, [this] { WatchAll(); }) {}

void RecallWatch::WatchAll() {
  for (const storage::CollectionNumber number : collections_.Numbers()) Watch(number);
}

void RecallWatch::Watch(storage::CollectionNumber number) {
  const Lease collection = collections_.UseNumber(number);
  if (collection == nullptr) return;
  const absl::Status watched = collection->WatchRecall([this] { return task_.IsStopping(); });
  if (watched.ok() || absl::IsCancelled(watched)) return;
  runtime_.log.Warning("recall_unknown", {{"collection", collection->id()}, {"reason", MessageOf(watched)}});
}

}  // namespace voisin::service
