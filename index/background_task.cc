#include "index/background_task.h"

#include <utility>

#include "base/thread_pool.h"

namespace voisin::index {

BackgroundTask::BackgroundTask(ThreadPool* pool, std::function<bool()> run)
    : pool_(pool), run_(std::move(run)), ticket_(std::make_shared<Ticket>()) {
  MutexLock lock(ticket_->mutex);
  ticket_->task = this;
}

BackgroundTask::~BackgroundTask() {
  MutexLock lock(ticket_->mutex);
  ticket_->task = nullptr;
}

bool BackgroundTask::Schedule() {
  if (scheduled_) return true;
  scheduled_ = pool_->TrySchedule([ticket = ticket_] {
    MutexLock lock(ticket->mutex);
    if (ticket->task != nullptr) ticket->task->Run();
  });
  return scheduled_;
}

void BackgroundTask::Request() {
  MutexLock lock(mutex_);
  wanted_ = true;
  (void)Schedule();
}

void BackgroundTask::RequestAndWait() {
  bool scheduled;
  {
    MutexLock lock(mutex_);
    wanted_ = true;
    scheduled = Schedule();
    scheduled_ = true;
  }
  if (!scheduled) Run();
  MutexLock lock(mutex_);
  while (scheduled_) idle_.wait(mutex_);
}

void BackgroundTask::Run() {
  while (TakeRequest()) {
    if (run_()) continue;
    MutexLock lock(mutex_);
    wanted_ = false;
  }
}

bool BackgroundTask::TakeRequest() {
  MutexLock lock(mutex_);
  if (std::exchange(wanted_, false)) return true;
  scheduled_ = false;
  idle_.notify_all();
  return false;
}

}  // namespace voisin::index
