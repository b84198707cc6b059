#include "service/recall_watch.h"

#include <chrono>

#include "service/errors.h"

namespace voisin::service {

RecallWatch::RecallWatch(const Runtime& runtime, Collections& collections, absl::Duration period)
    : runtime_(runtime), collections_(collections), period_(period), thread_([this] { Loop(); }) {}

RecallWatch::~RecallWatch() { Stop(); }

void RecallWatch::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool RecallWatch::IsStopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

void RecallWatch::Loop() {
  LowerPriorityOfThisThread(19);
  while (WaitForNext()) {
    for (const storage::CollectionNumber number : collections_.Numbers()) Watch(number);
  }
}

void RecallWatch::Watch(storage::CollectionNumber number) {
  const Lease collection = collections_.UseNumber(number);
  if (collection == nullptr) return;
  const absl::Status watched = collection->WatchRecall([this] { return IsStopping(); });
  if (watched.ok() || absl::IsCancelled(watched)) return;
  runtime_.log.Warning("recall_unknown", {{"collection", collection->id()}, {"reason", MessageOf(watched)}});
}

bool RecallWatch::WaitForNext() {
  const auto next = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(period_);
  MutexLock lock(mutex_);
  while (!stopping_ && wake_.wait_until(mutex_, next) != std::cv_status::timeout) {
  }
  return !stopping_;
}

}  // namespace voisin::service
