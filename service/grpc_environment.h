#pragma once

#include <memory>
#include <unordered_map>

#include "base/mutex.h"
#include "service/engine.h"

namespace voisin::service {

class OrderedStream;

// The streams that run, so that a stop can end them: a stream ends only when its client says so otherwise.
// Thread-safe.
class RunningStreams {
 public:
  void Add(const std::shared_ptr<OrderedStream>& stream);
  void Remove(const OrderedStream* stream);
  // Every stream, and every later one, answers what it has read and then ends with UNAVAILABLE.
  void StopAll();

 private:
  Mutex mutex_;
  std::unordered_map<const OrderedStream*, std::weak_ptr<OrderedStream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

// What every call needs; outlives the calls.
struct CallEnvironment {
  Engine& engine;
  const Log& log;
  size_t max_message_bytes;
  RunningStreams streams;
};

}  // namespace voisin::service
