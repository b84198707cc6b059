#include "base/periodic_task.h"

#include <utility>

#include "base/thread_pool.h"

namespace voisin {

PeriodicTask::PeriodicTask(Options options, std::function<void()> run)
    : options_(options), run_(std::move(run)), thread_([this] { Loop(); }) {}

PeriodicTask::~PeriodicTask() { Stop(); }

void PeriodicTask::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool PeriodicTask::IsStopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

void PeriodicTask::Loop() {
  if (options_.nice > 0) LowerPriorityOfThisThread(options_.nice);
  while (WaitForNext()) run_();
}

bool PeriodicTask::WaitForNext() {
  const auto next = std::chrono::steady_clock::now() + options_.period;
  MutexLock lock(mutex_);
  while (!stopping_ && wake_.wait_until(mutex_, next) != std::cv_status::timeout) {
  }
  return !stopping_;
}

}  // namespace voisin
