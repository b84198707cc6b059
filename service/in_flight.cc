#include "service/in_flight.h"

namespace voisin::service {

InFlight::Ticket InFlight::Enter() {
  MutexLock lock(mutex_);
  if (closed_) return nullptr;
  ++running_;
  return Ticket(this, [this](const void*) { Leave(); });
}

void InFlight::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
}

void InFlight::WaitUntilIdle() {
  MutexLock lock(mutex_);
  while (running_ > 0) idle_.wait(mutex_);
}

// Notifies under the lock: the waiter may destroy this object as soon as it sees zero.
void InFlight::Leave() {
  MutexLock lock(mutex_);
  if (--running_ == 0) idle_.notify_all();
}

}  // namespace voisin::service
