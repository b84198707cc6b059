#include "base/thread_pool.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace voisin {

void LowerPriorityOfThisThread(int nice) {
  // On Linux a thread id is accepted where POSIX says process; failure costs only politeness.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), nice);
}

ThreadPool::ThreadPool(Options options) : options_(options), tasks_(options.max_queued) {
  threads_.reserve(static_cast<size_t>(options.threads));
  for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { Run(); });
}

ThreadPool::~ThreadPool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ThreadPool::TrySchedule(std::function<void()> task, uint64_t lane) {
  {
    MutexLock lock(mutex_);
    if (stopping_ || !tasks_.Admits(lane, 1)) return false;
    tasks_.Push(lane, 1, std::move(task));
  }
  wake_.notify_one();
  return true;
}

void ThreadPool::Run() {
  if (options_.nice > 0) LowerPriorityOfThisThread(options_.nice);
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      while (tasks_.empty() && !stopping_) wake_.wait(mutex_);
      if (tasks_.empty()) return;
      task = tasks_.Pop();
    }
    task();
  }
}

}  // namespace voisin
