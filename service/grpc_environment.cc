#include "service/grpc_environment.h"

#include "service/grpc_stream.h"

namespace voisin::service {

void RunningStreams::Add(const std::shared_ptr<OrderedStream>& stream) {
  bool stopped = false;
  {
    MutexLock lock(mutex_);
    streams_[stream.get()] = stream;
    stopped = stopped_;
  }
  if (stopped) stream->Stop();
}

void RunningStreams::Remove(const OrderedStream* stream) {
  MutexLock lock(mutex_);
  streams_.erase(stream);
}

void RunningStreams::StopAll() {
  std::vector<std::shared_ptr<OrderedStream>> running;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    for (const auto& [address, stream] : streams_) {
      if (auto alive = stream.lock()) running.push_back(std::move(alive));
    }
  }
  for (const auto& stream : running) stream->Stop();
}

}  // namespace voisin::service
